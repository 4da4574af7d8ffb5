"The notebooks: each runs from a fresh kernel, is clean, small, and agrees with what was exported from it."
import json, os, re, shutil, time, warnings
import kernels, nbformat, pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from conftest import NBS, ROOT, bin, notebooks, run
from cells import off, read_nb, source, split_directives

def runs(src):
    "Cells that nbdev_test would run: not `eval: false`, not flagged `notest`"
    dirs,_ = split_directives(src)
    return not (off(dirs,'eval') or 'notest' in dirs)

def uses_data(name):
    return 'GSSL_DATA' in (NBS/name).read_text(encoding='utf-8')

def cases():
    "Each notebook, and once more without real data where it can use them and they are there"
    out = [(n,True) for n in notebooks()]
    if os.environ.get('GSSL_DATA'): out += [(n,False) for n in notebooks() if uses_data(n)]
    return [pytest.param(n, d, id=n if d else f'{n}-without-data') for n,d in out]

def words(nb):
    "What a page shows in tables and sentences, by cell"
    shown = {}
    for c in nb['cells']:
        for o in c.get('outputs', []):
            text = o.get('data', {}).get('text/markdown')
            if text: shown.setdefault(c['id'], []).append(''.join(text))
    return shown

def same_words(name, nb):
    "A page that reads records shows what they say now"
    stored, now = words(read_nb(NBS/name)), words(nb)
    for i in stored.keys()|now.keys():
        assert stored.get(i)==now.get(i), f"{name}, cell {i} does not show what the records say: run the page again"

@pytest.fixture(scope='session')
def fresh_kernels(tmp_path_factory):
    "A class of kernel managers; each kernel is a process of its own, forked from one that has torch"
    path = str(tmp_path_factory.mktemp('kernels')/'socket')
    server = kernels.start(path)
    yield kernels.manager(path)
    server.kill()

@pytest.mark.parametrize('name, data', cases())
def test_runs_from_a_fresh_kernel(name, data, fresh_kernels, monkeypatch):
    if not data: monkeypatch.delenv('GSSL_DATA')
    nb = nbformat.read(NBS/name, as_version=4)
    nb.cells = [c for c in nb.cells if c.cell_type!='code' or runs(c.source)]
    start = time.time()
    where = dict(metadata=dict(path=str((NBS/name).parent)))
    try:
        NotebookClient(nb, timeout=900, kernel_name='python3', kernel_manager_class=fresh_kernels,
                       resources=where).execute()
    except CellExecutionError as e:
        pytest.fail(re.sub(r'\x1b\[[\d;]*m', '', str(e)), pytrace=False)
    if name.startswith('experiments/') or name=='index.ipynb': same_words(name, nb)
    if (s := time.time()-start) > 60:
        warnings.warn(f"{name} took {s:.0f} s; a notebook should run in 60 s")

@pytest.mark.parametrize('name', notebooks())
def test_stored_outputs_are_complete_small_and_say_nothing_of_the_machine(name):
    nb,size = read_nb(NBS/name), (NBS/name).stat().st_size
    assert size < 300_000, f"{size/1e3:.0f} KB: draw smaller figures (dpi, fewer tasks) to stay under 300 KB"
    for c in nb['cells']:
        if c['cell_type']!='code': continue
        for o in c['outputs']:
            where = f"in the output of the cell starting {source(c)[:60]!r}"
            assert o['output_type']!='error', f"an error {where}"
            assert o.get('name')!='stderr', f"a warning or progress bar {where}: {''.join(o['text'])[:200]}"
            shown = {k:v for k,v in o.get('data', {}).items() if not k.startswith('image/')}
            text = json.dumps(shown | dict(text=o.get('text', '')))
            text = re.sub(r'data:image/\w+;base64,[\w+/=]+', '', text)
            if m := re.search(r'(?<![\w.])/(work|root|tmp|home|Users)/[^"\s]*', text):
                pytest.fail(f"the path {m[0]} {where}", pytrace=False)
            html = ''.join(o.get('data', {}).get('text/html', ''))
            whole = re.search(r'<!doctype|<html|<body|<style[^>]*>\s*(?:body|html|\*|:root)\b', html, re.I)
            assert not whole, f"a whole page, which would restyle the site, {where}: show it in an <iframe srcdoc>"
    code = [c for c in nb['cells'] if c['cell_type']=='code']
    prints = [c for c in code if runs(source(c)) and c['execution_count'] is None and c['outputs']]
    half = "some cells ran and some did not: restart and run all"
    assert not prints or all(c['execution_count'] is None for c in code), half

@pytest.fixture(scope='module')
def copy(tmp_path_factory):
    "The sources, copied, so that exporting and cleaning touch nothing"
    to = tmp_path_factory.mktemp('copy')
    for d in ('nbs','gssl'):
        shutil.copytree(ROOT/d, to/d, ignore=shutil.ignore_patterns('__pycache__','.*','_build'))
    for f in ('settings.ini','pyproject.toml','setup.py'):
        shutil.copy(ROOT/f, to/f)
    return to

def differ(copy, folder, pattern):
    "Files below `folder` that differ between the project and its copy, or are in one only"
    def find(top):
        paths = (p for p in (top/folder).rglob(pattern) if '.ipynb_checkpoints' not in p.parts)
        return {p.relative_to(top).as_posix(): p.read_bytes() for p in paths}
    a,b = find(ROOT), find(copy)
    return sorted(f for f in a.keys()|b.keys() if a.get(f)!=b.get(f))

def test_exporting_changes_no_module(copy):
    shutil.rmtree(copy/'gssl')
    (copy/'gssl').mkdir()
    for name in ('__init__.py','__main__.py'): shutil.copy(ROOT/'gssl'/name, copy/'gssl') # written by hand
    env = os.environ | dict(PYTHONPATH=str(copy))
    run(bin('nbdev_export'), cwd=copy, env=env)
    assert not (d := differ(copy, 'gssl', '*.py')), f"nbdev_export would change {', '.join(d)}: run it and commit"
    assert (copy/'pyproject.toml').read_bytes()==(ROOT/'pyproject.toml').read_bytes()

def test_cleaning_changes_no_notebook(copy):
    run(bin('nbdev_clean'), cwd=copy)
    assert not (d := differ(copy, 'nbs', '*.ipynb')), f"nbdev_clean would change {', '.join(d)}: run it and commit"
