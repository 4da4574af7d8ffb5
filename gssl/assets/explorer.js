/* gssl's explorers where no kernel runs: the built site, a notebook viewer, a saved page. No network, no library, no ids: any number on one page.
   Python (gssl.explorer) writes one <div class="gssl-explorer"> a widget; in it are a still picture in <noscript>, an empty <form>, and a block of JSON:
     sprite  data URI of a PNG with all frames, `across` of them a row, each `tile` = [width, height] pixels
     axes    [{label, kind: 'range' (slider) or 'choice' (buttons), ticks: [what a position is called], start}]
     states  one for every combination of positions, last axis fastest: {c: columns, f: [frame numbers], w: [indices into words], t: what to say of it}
     words   [[text, tone]]: what stands under an image, and the colour of its frame
     most    [columns, rows] of the largest state;  zoom: greatest width of an image in CSS pixels
     pad     0, or the number of anchors (2, 3, 4) of a map to drag on; its directions are axes 0 and 1 */
(() => {
  'use strict';
  const TONES = {support: '#3d85c6', good: '#2e9e5b', bad: '#e0701a'};
  const STYLE = `.gssl-explorer form{display:flex;flex-wrap:wrap;gap:.4em 1.2em;margin:.4em 0;align-items:end}
    .gssl-explorer label,.gssl-explorer fieldset{display:flex;gap:.5em;align-items:center;border:0;margin:0;padding:0;font-size:.9em}
    .gssl-explorer .slide{flex:1 1 15em;max-width:26em} .gssl-explorer input[type=range]{flex:1;min-width:7em;height:2em;accent-color:#3d85c6}
    .gssl-explorer output{min-width:3em;font-variant-numeric:tabular-nums} .gssl-explorer p{margin:.3em 0;font-size:.9em}
    .gssl-explorer .scene{display:flex;flex-wrap:wrap;gap:1em;align-items:center} .gssl-explorer canvas{display:block;max-width:100%}
    .gssl-explorer .pad{touch-action:none;cursor:grab} .gssl-explorer .view{touch-action:pan-y;cursor:ew-resize}
    .gssl-explorer .pad:focus-visible{outline:3px solid #3d85c6;outline-offset:2px}`;
  const make = (tag, props = {}, ...kids) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(props)) k in e ? e[k] = v : e.setAttribute(k, v);
    e.append(...kids);
    return e;
  };
  const clamp = t => Math.min(1, Math.max(0, t));

  function start(root) {
    root.dataset.ready = 'yes';
    const spec = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const {axes, states, words, tile: [tw, th], most: [cols, rows], zoom} = spec;
    const at = axes.map(a => a.start);                                       // where every axis stands: all there is to remember
    const state = (p = at) => states[p.reduce((k, v, i) => k*axes[i].ticks.length + v, 0)];
    const sprite = new Image(), form = root.querySelector('form');
    const view = make('canvas', {className: 'view', role: 'img'}), say = make('p', {'aria-live': 'polite'}), scene = make('div', {className: 'scene'});

    const fit = (canvas, w, h) => {                                          // sharp on every screen; resized only when it must be
      const r = window.devicePixelRatio || 1, W = Math.round(w*r), H = Math.round(h*r), ctx = canvas.getContext('2d');
      if (canvas.width !== W || canvas.height !== H) { canvas.width = W; canvas.height = H; canvas.style.width = w + 'px'; }
      ctx.setTransform(r, 0, 0, r, 0, 0); ctx.clearRect(0, 0, w, h); ctx.imageSmoothingEnabled = tw >= 64;
      return ctx;
    };
    const stamp = (ctx, f, x, y, w, h) => ctx.drawImage(sprite, f%spec.across*tw, Math.floor(f/spec.across)*th, tw, th, x, y, w, h);

    function draw() {                                                        // the images of this state, their frames and words
      const s = state(), line = words.length > 1 ? 19 : 0, gap = cols > 1 ? 6 : 0, edge = line ? 2 : 0;
      const room = root.clientWidth || 320, w = Math.floor(Math.min(zoom, (room - gap*(cols-1))/cols - 2*edge)), h = Math.round(w*th/tw);
      const across = w + 2*edge + gap, down = h + 2*edge + line + gap, ctx = fit(view, cols*across - gap, rows*down - gap);
      ctx.textAlign = 'center'; ctx.textBaseline = 'top'; ctx.font = `${w < 44 ? 11 : 14}px system-ui, sans-serif`;
      const ink = getComputedStyle(root).color;
      s.f.forEach((f, i) => {
        if (f < 0) return;
        const x = i%s.c*across, y = Math.floor(i/s.c)*down, [text, tone] = words[s.w[i]];
        if (TONES[tone]) { ctx.fillStyle = TONES[tone]; ctx.fillRect(x, y, w + 2*edge, h + 2*edge); }
        stamp(ctx, f, x + edge, y + edge, w, h);
        if (text) { ctx.fillStyle = ink; ctx.fillText(text, x + edge + w/2, y + h + 2*edge + 3); }
      });
      say.textContent = s.t;
      view.setAttribute('aria-label', `${spec.title}. ${axes.map((a, i) => `${a.label}: ${a.ticks[at[i]]}`).join(', ')}. ${s.t}`);
      if (map) map();
    }

    const inputs = axes.map((a, i) => (a.kind === 'choice' ? buttons : slider)(a, i));
    const map = spec.pad ? pad(spec.pad) : null;
    function go(i, k) { at[i] = k; inputs[i](k); }                           // move an axis and show where it stands; `draw` follows

    function slider(a, i) {
      const input = make('input', {type: 'range', min: 0, max: a.ticks.length-1, step: 1, value: a.start}), out = make('output');
      const show = k => { input.value = k; out.textContent = a.ticks[k]; input.setAttribute('aria-valuetext', a.ticks[k]); };
      input.addEventListener('input', () => { go(i, +input.value); draw(); });
      form.append(make('label', {className: 'slide'}, a.label, input, out));
      show(a.start);
      return show;
    }
    function buttons(a, i) {                                                 // radio buttons are grouped by their form, so names need not differ between widgets
      const radios = a.ticks.map((t, k) => make('input', {type: 'radio', name: 'axis' + i, value: k}));
      const show = k => { radios[k].checked = true; };
      radios.forEach((r, k) => r.addEventListener('change', () => { go(i, k); draw(); }));
      form.append(make('fieldset', {role: 'radiogroup', 'aria-label': a.label}, ...radios.map((r, k) => make('label', {}, r, a.ticks[k]))));
      show(a.start);
      return show;
    }

    function pad(n) {                                                        // a map of the latents between the anchors: thumbnails, and a ring where we are
      const canvas = make('canvas', {className: 'pad', role: 'img', tabIndex: 0, 'aria-label': `Map of the latents between ${n} anchors: drag on it, press the arrow keys, or use the sliders`});
      const size = zoom, thumb = size/5.2, span = size - thumb, high = n > 2 ? size : thumb, last = i => axes[i] && i < (n > 2 ? 2 : 1) ? axes[i].ticks.length-1 : 0;
      const place = (u, v) => n === 3 ? [u*(1-v) + v/2, v] : [u, v];         // with three anchors the square's lower edge is drawn together: a triangle
      const find = (x, y) => n === 3 ? [y < 1 ? clamp((x - y/2)/(1-y)) : 0, y] : [x, y];
      const xy = (u, v) => place(u, v).map(t => thumb/2 + t*span);
      const step = 4, turn = (u, v) => [Math.round(u*last(0)), ...(n > 2 ? [Math.round(v*last(1))] : []), ...at.slice(n > 2 ? 2 : 1)];
      const move = e => {
        const b = canvas.getBoundingClientRect(), t = (p, lo, len) => clamp(((p - lo)*size/b.width - thumb/2)/len);
        const [u, v] = find(t(e.clientX, b.left, span), n > 2 ? t(e.clientY, b.top, span) : 0);
        turn(u, v).slice(0, n > 2 ? 2 : 1).forEach((k, i) => go(i, k));
        draw();
      };
      let held = false;                                                      // not hasPointerCapture: Chromium may take the capture back in mid-drag
      canvas.addEventListener('pointerdown', e => { held = true; canvas.setPointerCapture(e.pointerId); move(e); e.preventDefault(); });
      canvas.addEventListener('pointermove', e => { if (held && e.buttons) move(e); });
      for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { held = false; });
      canvas.addEventListener('keydown', e => {                              // one position a key
        const [i, by] = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1]}[e.key] || [];
        if (by && last(i)) { go(i, Math.min(last(i), Math.max(0, at[i] + by))); draw(); e.preventDefault(); }
      });
      scene.append(canvas);
      return () => {
        const ctx = fit(canvas, size, high);
        for (let j = 0; j <= (n > 2 ? step : 0); j++) {                      // five thumbnails a side
          const along = n === 3 ? step - j : step;
          for (let i = 0; i <= along; i++) {
            const [u, v] = [along ? i/along : 0, n > 2 ? j/step : 0], [x, y] = xy(u, v);
            stamp(ctx, state(turn(u, v)).f[0], x - thumb/2, y - thumb/2, thumb, thumb);
          }
        }
        const [x, y] = xy(at[0]/last(0), n > 2 ? at[1]/last(1) : 0);
        for (const [c, w] of [['#000', 5], ['#ffd54a', 3]]) { ctx.beginPath(); ctx.arc(x, y, thumb*.3, 0, 7); ctx.strokeStyle = c; ctx.lineWidth = w; ctx.stroke(); }
      };
    }

    const long = axes.reduce((b, a, i) => a.kind === 'range' && (b < 0 || a.ticks.length > axes[b].ticks.length) ? i : b, -1);
    let from = null;                                                         // a finger or the mouse on the picture turns its longest slider
    view.addEventListener('pointerdown', e => { if (long >= 0) { from = [e.clientX, at[long]]; view.setPointerCapture(e.pointerId); } });
    view.addEventListener('pointermove', e => {
      if (!from || !e.buttons) return;
      const last = axes[long].ticks.length - 1, k = from[1] + Math.round((e.clientX - from[0])/view.clientWidth*last*1.5);
      if (clamp(k/last)*last !== at[long]) { go(long, clamp(k/last)*last); draw(); }
    });
    for (const end of ['pointerup', 'pointercancel']) view.addEventListener(end, () => { from = null; });
    scene.append(view);
    root.append(make('style', {}, STYLE));
    form.before(scene); form.after(say); form.hidden = false;
    form.addEventListener('submit', e => e.preventDefault());
    sprite.onload = () => {
      draw(); root.dataset.ready = 'drawn';
      new ResizeObserver(draw).observe(root);                                // a phone is turned
      new MutationObserver(draw).observe(document.documentElement, {attributes: true, attributeFilter: ['data-theme', 'class']}); // dark or light: the words' colour
    };
    sprite.src = spec.sprite;
  }

  document.querySelectorAll('.gssl-explorer:not([data-ready])').forEach(start);
})();
