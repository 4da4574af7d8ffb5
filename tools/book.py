"""Build the site: python tools/book.py OUT. The notebooks' stored outputs are shown; nothing runs. A warning fails it.

A reader's page differs from its notebook a little: directives and hidden cells are gone, imports and checks of rooms
are folded, a figure has the caption and the text alternative of `#| fig-cap:` and `#| fig-alt:`, "room 41" is a link,
and the list of pages shows the rooms' numbers."""
import ast, base64, io, json, re, shutil, subprocess, sys
from pathlib import Path
import yaml
from PIL import Image
import api
from cells import off, read_nb, reader_cells

root = Path(__file__).resolve().parent.parent
CHECKS = ('test_', 'assert')
COLUMN = 860 # pixels; pictures grow no further
FOLDS = dict(imports='Imports', checks='Checks')

def kind(src):
    "What a cell's code is: 'imports', 'checks' (half of its statements, or more) or neither, None"
    try: body = ast.parse(src).body
    except SyntaxError: return None
    if not body: return None
    if all(isinstance(n, (ast.Import, ast.ImportFrom)) for n in body): return 'imports'
    tests = [ast.unparse(n).startswith(CHECKS) for n in body]
    return 'checks' if tests[-1] and 2*sum(tests)>=len(tests) else None

def rooms(nbs=root/'nbs'):
    "{number: file name} of the rooms; where two share a number, the first"
    found = {}
    for p in sorted(nbs.glob('[0-9][0-9]_*.ipynb')): found.setdefault(int(p.name[:2]), p.name)
    return found

def link_rooms(md, up, names):
    "'room 41' in prose becomes a link, and 'rooms 36 and 71' two, unless it is in one, in code or in a heading"
    def one(text, number):
        name = names.get(int(number))
        return f'[{text}]({up}{name})' if name else text
    def link(m):
        if m[3]: return m[4]+re.sub(r'\d\d', lambda n: one(n[0], n[0]), m[3][len(m[4]):])
        return one(m[1], m[2]) if m[2] else m[0]
    skip = r'(?:```.*?```|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|^#.*?$|<a .*?</a>)'
    many = r'\b(([Rr]ooms\s)\d\d(?:(?:, |,\s| and | to )\d\d)*)\b'
    return re.sub(rf'{skip}|\b([Rr]oom\s(\d\d?))\b|{many}', link, md, flags=re.M | re.S)

def figures(md):
    "A picture alone in its paragraph becomes a figure: its text is the caption, `{fig-alt=\"...\"}` the alternative"
    def drawn(m):
        return f'```{{figure}} {m[2]}\n:alt: {m[3] or m[1]}\n\n{m[1]}\n```'
    return re.sub(r'^!\[([^\]]+)\]\(([^)]+)\)(?:\{fig-alt="([^"]*)"\})?$', drawn, md, flags=re.M)

def together(md):
    "In a table no line breaks within '80.8 ± 0.6'"
    def row(m):
        return re.sub(r'(?<=[\d*]) ± (?=\d)', '\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}', m[0])
    return re.sub(r'^\|.*$', row, md, flags=re.M)

def outputs(cell):
    "A cell's outputs, its tables' numbers in one piece"
    def of(o):
        if 'text/markdown' not in o.get('data', {}): return o
        return o | dict(data=o['data'] | {'text/markdown': together(''.join(o['data']['text/markdown']))})
    return [of(o) for o in cell['outputs']]

def figure(cell, dirs):
    "How a cell's picture is shown: half as large again as it was drawn where there is room; a wide one pans on a phone"
    pngs = [o['data']['image/png'] for o in cell['outputs'] if 'image/png' in o.get('data', {})]
    if 'fig-cap' not in dirs or not pngs: return {}
    w, h = Image.open(io.BytesIO(base64.b64decode(''.join(pngs[0])))).size
    image = dict(alt=dirs.get('fig-alt', dirs['fig-cap']), width=f'{min(round(1.5*w), max(w, COLUMN))}px')
    if w>2*h and w>450: image['classes'] = 'wide'
    return dict(image=image, figure=dict(caption=dirs['fig-cap']))

def shown(cell, dirs, src, room):
    "A code cell's metadata in the words of the book's builder"
    off_too = [f'remove-{what}' for what,key in (('input','echo'), ('output','output'))
               if off(dirs, key) or f'hide_{what}' in dirs]
    fold = kind(src) if room and not off_too and not cell['outputs'] else None
    look = dict(code_prompt_show=FOLDS[fold], code_prompt_hide=FOLDS[fold]) if fold else {}
    look |= figure(cell, dirs)
    tags = off_too + ['hide-input']*bool(fold)
    return cell['metadata'] | (dict(tags=tags) if tags else {}) | (dict(mystnb=look) if look else {})

def for_readers(path, src):
    "Rewrite a notebook for its readers"
    nb, cells, names = read_nb(path), [], rooms()
    up, room = '../'*(len(path.relative_to(src).parts)-1), path.name[:2].isdigit()
    for c,dirs,text in reader_cells(nb):
        if c['cell_type']=='markdown':
            cells.append(c | dict(source=together(figures(link_rooms(text, up, names)))))
        else:
            cells.append(c | dict(source=text, outputs=outputs(c), metadata=shown(c, dirs, text, room)))
    path.write_text(json.dumps(nb | dict(cells=cells)), encoding='utf-8')

def title(path):
    "A notebook's title, with its number where it is a room"
    first = next(l for c in read_nb(path)['cells'] for l in ''.join(c['source']).splitlines() if l.startswith('# '))
    number = f'{path.name[:2]} ' if path.name[:2].isdigit() else ''
    return number + first[2:].replace('`', '')

def contents(src, api_pages):
    "_toc.yml with the rooms' numbers and the reference"
    toc = yaml.safe_load((src/'_toc.yml').read_text(encoding='utf-8'))
    for part in toc['parts']:
        for page in part['chapters']: page['title'] = title(src/f"{page['file']}.ipynb")
    first, *modules = [dict(file=f'api/{n}') for n in api_pages]
    toc['parts'].append(dict(caption='API reference', chapters=[first | dict(sections=modules)]))
    (src/'_toc.yml').write_text(yaml.safe_dump(toc, allow_unicode=True, sort_keys=False), encoding='utf-8')

def build(out):
    src,html = out/'src', out/'_build'/'html'
    for d in (src, html): shutil.rmtree(d, ignore_errors=True)
    shutil.copytree(root/'nbs', src, ignore=shutil.ignore_patterns('.*', '__pycache__', '_build'))
    contents(src, api.write(src/'api'))
    for p in src.rglob('*.ipynb'): for_readers(p, src)
    cmd = [str(Path(sys.executable).with_name('jupyter-book')), 'build', str(src), '--path-output', str(out),
           '--all', '-W', '-n', '--keep-going', '-q']
    r = subprocess.run(cmd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if r.returncode:
        raise SystemExit(f"{r.stdout}\n{r.stderr}\n"
                         "The book was not built: the warnings above name the notebook to mend")
    return html/'index.html'

if __name__=='__main__':
    print(build(Path(sys.argv[1]).resolve()))
