"""The site as its readers see it, in headless Chromium, from files, with no network.
Every page once, at desktop and phone width; ten named pages for contrast; search, the dark, the menu, the links."""
import functools, json, re
import pytest
from bs4 import BeautifulSoup
from selenium.webdriver.support.ui import WebDriverWait
from cells import off, read_nb, reader_cells
from conftest import NBS, notebooks
from screenshots import PAGES as NAMED, SETTLE, SIZES, resize

LOOK = """const main = document.querySelector('article'), all = css => [...main.querySelectorAll(css)];
const seen = e => e.checkVisibility() && e.getBoundingClientRect().width > 0;
const captioned = i => i.alt.trim() && i.closest('figure')?.querySelector('figcaption')?.innerText;
const longest = e => e.innerText.split('\\n').reduce((a, b) => a.length > b.length ? a : b).slice(0, 150);
const pans = e => { // whether something round it scrolls or hides what is too wide
  while ((e = e.parentElement)) if (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX)) return true;
};
const over = e => e.getBoundingClientRect().right > innerWidth+1 && seen(e) && !pans(e);
return {title: main.querySelector('h1')?.innerText, text: main.innerText.length,
  broken: [...document.images].filter(i => !i.naturalWidth).map(i => i.src.slice(0, 200)),
  mute: all('img').filter(i => seen(i) && !captioned(i)).map(i => i.alt + ' ' + i.src.slice(-80)),
  math: all('.math').length, set: all('.math mjx-container').length,
  bad: all('mjx-merror').map(e => e.getAttribute('title') || e.innerText),
  code: all('div.cell_input pre').length,
  directives: all('pre').filter(e => /^#\\s*\\|/m.test(e.innerText)).length,
  bars: all('p, li, td').flatMap(e => e.innerText.split('\\n')).filter(l => /\\|\\s*:?-{3,}/.test(l)),
  cut: all('pre, .cell_output > *').filter(e => seen(e) && e.scrollWidth > e.clientWidth+1).map(longest),
  levels: all('h1, h2, h3, h4, h5, h6').map(h => +h.tagName[1]),
  spill: all('*').filter(over).map(e => e.outerHTML.slice(0, 100)).slice(0, 5),
  wide: document.documentElement.scrollWidth, width: window.innerWidth}"""

# pages without code cells to show
WORDS = ('index.ipynb','90_papers.ipynb','91_glossary.ipynb','92_cite.ipynb')

def events(browser):
    return [json.loads(e['message'])['message'] for e in browser.get_log('performance')]

def faults(page, name, size):
    "What a reader would find wrong with a page, as its LOOK says"
    if not (page['title'] and page['text']>len(page['title'])): yield "it is empty"
    for key,what in dict(
            broken="images that did not load", mute="images without a text alternative or a caption",
            bars="a table shown as signs", bad="formulas with errors", spill="elements wider than the screen").items():
        if page[key]: yield f"{what}: {page[key]}"
    if page['math']!=page['set']: yield f"{page['set']} of {page['math']} formulas were set"
    if page['directives']: yield "an nbdev directive is shown"
    if name.endswith('.ipynb') and name not in WORDS and not page['code']: yield "it shows no code"
    if page['wide'] > page['width']+1: yield f"it is {page['wide']} px wide on a {page['width']} px screen"
    if size=='desktop' and page['cut']: yield f"code or output wider than its column: {page['cut']}"
    levels = page['levels']
    if levels.count(1)!=1 or levels[0]!=1 or any(b>a+1 for a,b in zip(levels, levels[1:])):
        yield f"headings out of order: {levels}"

def visit(browser, page, name):
    "Load a page once, look at it at both widths; what is wrong with it"
    browser.get(page.as_uri())
    for size in SIZES:
        resize(browser, size)
        browser.execute_async_script(SETTLE)
        yield from (f'{size}: {fault}' for fault in faults(browser.execute_script(LOOK), name, size))
    yield from (e['message'] for e in browser.get_log('browser') if e['level']=='SEVERE')
    sent = (e['params']['request']['url'] for e in events(browser) if e['method']=='Network.requestWillBeSent')
    yield from (f'it asks for {url}' for url in sent if not url.startswith(('file:','data:','blob:','about:')))

PARTS = 6 # which two workers share

@pytest.mark.parametrize('part', range(PARTS))
def test_every_page_is_what_its_readers_should_see(part, site, browser):
    resize(browser, 'desktop')
    browser.get('about:blank')
    browser.get_log('browser')
    browser.get_log('performance')
    api = [p.relative_to(site).as_posix() for p in sorted((site/'api').glob('*.html'))]
    wrong = []
    for name in (notebooks()+api)[part::PARTS]:
        wrong += [f'{name}: {fault}' for fault in visit(browser, (site/name).with_suffix('.html'), name)]
    assert not wrong, '\n'.join(wrong)

# luminances of text and of what is behind it, as WCAG defines them; elements over pictures are left out
CONTRAST = """const lum = c => c.slice(0,3).map(v => (v /= 255) <= .03928 ? v/12.92 : ((v+.055)/1.055)**2.4)
  .reduce((a, v, i) => a + v*[.2126, .7152, .0722][i], 0);
const rgba = s => {
  const c = s.match(/[\\d.]+/g).map(Number), scale = s.startsWith('color(srgb') ? 255 : 1;
  return [...c.slice(0,3).map(v => scale*v), c[3] ?? 1];
};
const over = (a, b) => [0,1,2].map(i => a[i]*a[3] + b[i]*(1-a[3])).concat(1);
const behind = e => {
  const c = e ? rgba(getComputedStyle(e).backgroundColor) : [255,255,255,1];
  return c[3] === 1 ? c : over(c, behind(e.parentElement));
};
const shown = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true})
  && !e.closest('mjx-container, .visually-hidden, script, style')
  && e.getBoundingClientRect().width > 2;
const words = e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('').trim();
const out = {};
for (const e of document.querySelectorAll('main *, .bd-sidebar *')) {
  const text = words(e);
  if (!text || !shown(e)) continue;
  const s = getComputedStyle(e), paper = behind(e), [x, y] = [over(rgba(s.color), paper), paper].map(lum);
  const ratio = (Math.max(x, y)+.05)/(Math.min(x, y)+.05), size = parseFloat(s.fontSize);
  const large = size >= 24 || size >= 18.66 && +s.fontWeight >= 700;
  if (ratio < (large ? 3 : 4.5))
    out[`${e.tagName}.${e.className} ${s.color} on ${paper.map(Math.round)}`] = [ratio.toFixed(2), text.slice(0, 40)];
}
return out"""

THEME = """document.documentElement.dataset.theme = arguments[0];
const still = document.createElement('style');
still.textContent = '* { transition: none !important }';
document.head.append(still)"""

def test_text_stands_out_from_what_is_behind_it(site, browser):
    "WCAG's AA, 4.5 to 1 (3 to 1 for large text), in the light and in the dark"
    resize(browser, 'desktop')
    weak = {}
    for name in NAMED:
        browser.get((site/f'{name}.html').as_uri())
        for theme in ('light','dark'):
            browser.execute_script(THEME, theme)
            browser.execute_async_script(SETTLE)
            if found := browser.execute_script(CONTRAST): weak[name,theme] = found
    assert not weak, '\n'.join(f'{at} {k}: {v}' for at,found in weak.items() for k,v in found.items())

def tables_of(name):
    "How many tables a page has: in its prose and in its stored outputs"
    count = lambda text: len(re.findall(r'^[ |:-]*\|[ |:-]*-{3,}[ |:-]*$', text, re.M))
    n = 0
    for c,dirs,src in reader_cells(read_nb(NBS/name)):
        if c['cell_type']=='markdown': n += count(re.sub(r'^```.*?^```', '', src, flags=re.M | re.S))
        elif not off(dirs, 'output'):
            n += sum(count(''.join(o.get('data', {}).get('text/markdown', ''))) for o in c['outputs'])
    return n

COLOURED = re.compile(r'<span class="[a-z]\w{0,2}">([^<]*)</span>') # a word of code: half of what there is to parse

@functools.lru_cache
def soups(site):
    "Every page, parsed once, code without its colours"
    paths = [p for p in site.rglob('*.html') if '_static' not in p.parts]
    return {p: BeautifulSoup(COLOURED.sub(r'\1', p.read_text(encoding='utf-8')), 'html.parser') for p in paths}

def test_as_many_tables_are_shown_as_are_stored(site):
    few = {}
    for name in notebooks():
        main = soups(site)[(site/name).with_suffix('.html')].select_one('main')
        shown = len([t for t in main.find_all('table') if t.find('thead')])
        if shown < (stored := tables_of(name)): few[name] = (shown, stored)
    assert not few, few

def test_no_line_breaks_within_a_number_of_a_table(site):
    cells = [td.get_text() for p in soups(site).values() for td in p.select('main td')]
    apart = [t for t in cells if re.search(r'\d ± \d', t)]
    assert not apart and sum('\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}' in t for t in cells)>100, apart[:5]

def test_no_formula_is_shown_as_it_was_typed(site):
    raw = []
    for p,page in soups(site).items():
        text = ''.join(s for s in page.select_one('main').find_all(string=True) if not s.find_parent(
            lambda t: t.name in ('pre','script','style','code') or 'math' in t.get('class', []))) if page.main else ''
        if m := re.search(r'\$\\[a-z]', text): raw.append(f'{p.name}: {text[m.start():][:60]}')
    assert not raw, raw

def test_every_link_within_the_site_leads_somewhere(site):
    gone, soup = [], soups(site)
    ids = {p: {t['id'] for t in s.find_all(id=True)} for p,s in soup.items()}
    for p,s in soup.items():
        for a in s.select('main a[href], .bd-sidebar a[href]'):
            path,_,frag = a['href'].partition('#')
            if ':' in path: continue
            to = (p.parent/path).resolve() if path else p
            if not to.exists() or (frag and to in ids and frag not in ids[to]):
                gone.append(f'{p.name}: {a["href"]}')
    assert not gone, gone

def test_no_file_name_became_a_web_address(site):
    made = [a['href'] for s in soups(site).values() for a in s.select('main a[href]')
            if re.fullmatch(r'https?://[\w.-]+\.(md|py|json|csv|zip|png)/?', a['href'])]
    assert not made, made

def test_rooms_in_prose_are_links_and_the_sidebar_has_their_numbers(site):
    page = soups(site)[site/'30_lasium.html']
    side = {a.get_text(strip=True): a['href'] for a in page.select('.bd-sidebar a[href]')}
    assert side.get('41 MAML')=='41_maml.html', list(side)
    bare = []
    for name in notebooks():
        main = soups(site)[(site/name).with_suffix('.html')].select_one('main')
        for p in main.select('p, li'):
            text = ''.join(s for s in p.find_all(string=True) if not s.find_parent(['a','code']))
            bare += [f'{name}: {m}' for m in re.findall(r'[Rr]ooms?\s\d+', text)]
    assert not bare, bare

@pytest.mark.parametrize('word', ('adapt','LMO','prototypical'))
def test_search_finds(word, site, browser):
    browser.get((site/'search.html').as_uri()+f'?q={word}')
    found = "return document.querySelectorAll('#search-results li a').length"
    WebDriverWait(browser, 30).until(lambda d: d.execute_script(found))

PAPER = """let e = document.querySelector('main'), c;
do { c = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).map(Number); e = e.parentElement; }
while (c[3] === 0 && e);
return c[0] + c[1] + c[2]"""

def test_the_dark_mode_button_darkens_the_page(site, browser):
    resize(browser, 'desktop')
    browser.get((site/'index.html').as_uri())
    theme = lambda: browser.execute_script("return document.documentElement.dataset.theme")
    seen = {}
    for _ in range(3): # light, dark, as the system
        browser.execute_script("document.querySelector('.theme-switch-button').click()")
        seen[theme()] = browser.execute_script(PAPER)
    assert seen['light']-seen['dark'] > 400, seen

def test_a_phone_reaches_every_page_through_the_menu(site, browser):
    resize(browser, 'phone')
    browser.get((site/'index.html').as_uri())
    shown = """const links = '.bd-links a[href*="30_lasium"], .bd-sidebar a[href*="30_lasium"]';
        return [...document.querySelectorAll(links)].some(a => {
            const b = a.getBoundingClientRect();
            return b.width && b.right > 0 && b.left < innerWidth;
        })"""
    assert not browser.execute_script(shown)
    browser.execute_script(
        "[...document.querySelectorAll('button.primary-toggle')].find(b => b.offsetWidth).click()")
    WebDriverWait(browser, 20).until(lambda d: d.execute_script(shown))

def test_rooms_open_in_colab_and_on_binder(site):
    page = (site/'30_lasium.html').read_text(encoding='utf-8')
    for where in ('colab.research.google.com/github/gssl/gssl/blob/main/nbs/30_lasium.ipynb',
                  'mybinder.org/v2/gh/gssl/gssl/main?urlpath=lab/tree/nbs/30_lasium.ipynb'):
        assert where in page, where
