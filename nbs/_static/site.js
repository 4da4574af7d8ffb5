// The theme gives its click handlers to the first menu button it finds, which is in the header that site.css hides. The buttons that readers see pass their clicks on.
document.addEventListener('DOMContentLoaded', () => {
  for (const kind of ['.primary-toggle', '.secondary-toggle']) {
    const [first, ...seen] = document.querySelectorAll(kind);
    for (const b of seen) b.addEventListener('click', () => first.click());
  }
});
