"Build the site: python tools/book.py OUT. The notebooks' stored outputs are shown; nothing runs. A warning fails it."
import json, shutil, subprocess, sys
from pathlib import Path
import api
from cells import read_nb, reader_cells, off

root = Path(__file__).resolve().parent.parent

def for_readers(path):
    "Rewrite a notebook without nbdev's directives and hidden cells; `echo: false` and the like become the book's tags"
    nb,cells = read_nb(path), []
    for c,dirs,src in reader_cells(nb):
        tags = [f'remove-{what}' for what,key in (('input','echo'), ('output','output'))
                if off(dirs,key) or f'hide_{what}' in dirs]
        cells.append(c | dict(source=src, metadata=c['metadata'] | (dict(tags=tags) if tags else {})))
    path.write_text(json.dumps(nb | dict(cells=cells)), encoding='utf-8')

def build(out):
    src,html = out/'src', out/'_build'/'html'
    for d in (src, html): shutil.rmtree(d, ignore_errors=True)
    shutil.copytree(root/'nbs', src, ignore=shutil.ignore_patterns('.*', '__pycache__', '_build'))
    for p in src.rglob('*.ipynb'): for_readers(p)
    first,*modules = [f'api/{n}' for n in api.write(src/'api')]
    lines = ['- caption: API reference', '  chapters:', f'  - file: {first}', '    sections:',
             *(f'    - file: {m}' for m in modules)]
    with open(src/'_toc.yml', 'a', encoding='utf-8') as f: f.write(''.join(f'{l}\n' for l in lines))
    cmd = [str(Path(sys.executable).with_name('jupyter-book')), 'build', str(src), '--path-output', str(out),
           '--all', '-W', '-n', '--keep-going', '-q']
    r = subprocess.run(cmd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if r.returncode:
        raise SystemExit(f"{r.stdout}\n{r.stderr}\n"
                         "The book was not built: the warnings above name the notebook to mend")
    return html/'index.html'

if __name__=='__main__':
    print(build(Path(sys.argv[1]).resolve()))
