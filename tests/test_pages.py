"The lists of pages and the README agree with the notebooks; the house is built as CONTRIBUTING.md says."
import ast, re, yaml
from conftest import NBS, ROOT, notebooks, run
from cells import read_nb, source
from readme import readme

def in_toc():
    toc = yaml.safe_load((NBS/'_toc.yml').read_text(encoding='utf-8'))
    return [toc['root']+'.ipynb'] + [c['file']+'.ipynb' for p in toc['parts'] for c in p['chapters']]

def in_quarto():
    side = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))['website']['sidebar']['contents']
    lists = [[c] if isinstance(c, str) else c['contents'] for c in side]
    return [f.removeprefix('nbs/') for fs in lists if isinstance(fs, list) for f in fs]

def test_jupyter_book_and_quarto_list_the_same_pages_in_the_same_order():
    assert in_toc() == in_quarto()

def test_every_notebook_on_disk_is_listed_once_and_nothing_else():
    assert sorted(in_toc()) == notebooks(), "run `make pages`"

def test_readme_is_made_from_the_index():
    text,images = readme()
    assert (ROOT/'README.md').read_text(encoding='utf-8')==text, "run `make readme`"
    assert {p.name: p.read_bytes() for p in (NBS/'images').glob('index-*.png')} == images, "run `make readme`"

def test_readme_links_to_files_that_exist():
    import re
    text,_ = readme()
    links = re.findall(r'(?:\]\(|(?:src|href)=")([^)"\s]+)', text)
    files = [l.split('#')[0] for l in links if not l.startswith(('http','mailto:','#','data:'))]
    assert not (gone := [f for f in files if not (ROOT/f).exists()]), gone

def test_the_api_reference_has_every_public_name_of_every_module():
    import importlib, yaml, api
    pages,gone = api.pages(), []
    for p in sorted((ROOT/'gssl').glob('[a-z]*.py')):
        names = getattr(importlib.import_module(f'gssl.{p.stem}'), '__all__', [])
        page = pages.get(f'{p.stem}.md', '')
        for n in names:
            if f'\n## {n}\n' not in page or f'| [`{n}`]({p.stem}.md#' not in pages['index.md']:
                gone.append(f'gssl.{p.stem}.{n}')
    assert not gone, gone
    quarto = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))
    parts = [c for c in quarto['website']['sidebar']['contents'] if isinstance(c, dict)]
    assert quarto['project']['pre-render']=='tools/api.py' and 'nbs/api/*.md' in [c['contents'] for c in parts]

def test_a_reference_entry_has_signature_and_comments_as_code_and_the_docstring_as_text(tmp_path):
    import api
    (tmp_path/'m.py').write_text("""'A module'
__all__ = ['f','C','K']
K = 3
def f(x:int, # how many
      y=1)->int: # so many
    "Adds"
    return x+y
class C:
    "Holds"
    a:int=0 # a field
    def __init__(self, b): self.b = b # body
    def g(self):
        "Says `a|b` *so*"
        return 'ü' + 'body'
    def _h(self): pass

@patch
def late(self:C, z): # any
    "Comes later"
    return 'body'

@patch(as_prop=True)
def size(self:C)->int: return 3
""")
    text = api.pages(tmp_path)['m.md']
    for want in ('x:int, # how many', 'y=1)->int: # so many', '\n```\n\nAdds\n', 'a:int=0 # a field',
                 'def __init__(self, b):', 'def g(self):', 'K = 3', 'm.py#L4-L7', '- `g`: Says `a|b` \\*so\\*\n',
                 '    def late(self:C, z): # any\n', '- `late`: Comes later\n',
                 '    @property\n    def size(self:C)->int:\n'):
        assert want in text, want
    for bad in ('body', '_h', 'return', '"Adds', '"Says'):
        assert bad not in text, bad

def test_one_version_everywhere():
    from configparser import ConfigParser
    import gssl
    cfg = ConfigParser(delimiters=['='], interpolation=None)
    cfg.read(ROOT/'settings.ini', encoding='utf-8')
    cfg = cfg['DEFAULT']
    cite = yaml.safe_load((ROOT/'CITATION.cff').read_text(encoding='utf-8'))
    newest = re.search(r'^## (\S+)', (ROOT/'CHANGELOG.md').read_text(encoding='utf-8'), re.M)[1]
    page = (NBS/'92_cite.ipynb').read_text(encoding='utf-8')
    assert gssl.__version__==newest==str(cite['version'])==cfg['version']
    assert f'version = {{{newest}}}' in page, "run room 92 again"
    assert cite['title']==f"gssl: {cfg['description']}" and cite['repository-code']==cfg['git_url']

def rooms():
    "Module name -> the notebook it is exported from"
    found = {}
    for name in notebooks():
        for c in read_nb(NBS/name)['cells']:
            if m := re.search(r'^#\s*\|\s*default_exp\s+(\S+)', source(c), re.M): found[m[1]] = name
    return found

def imported(path):
    "The modules of this library that a module imports at its top or within functions"
    for n in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(n, ast.ImportFrom) and n.level==1 and n.module: yield n.module

def test_imports_run_downward_and_never_in_a_circle():
    room = rooms()
    assert set(room)=={p.stem for p in (ROOT/'gssl').glob('[a-z]*.py')}
    up = [f'{room[m]} imports {room[to]}' for m in room for to in imported(ROOT/'gssl'/f'{m}.py') if room[to]>=room[m]]
    assert not up, up

def test_modules_are_short_and_lines_can_be_read():
    wide, long = [], []
    for name in rooms():
        text = (ROOT/'gssl'/f'{name}.py').read_text(encoding='utf-8')
        body = re.sub(r'^__all__ = \[.*?\]$', '', text, flags=re.M | re.S)     # nbdev's own lines
        wide += [f'{name}: {line}' for line in body.splitlines() if len(line)>120]
        if len(text.splitlines())>300: long.append(name)
    assert not wide and not long, (wide, long)

def test_ruff_finds_nothing():
    run(ROOT/'.venv'/'bin'/'ruff' if (ROOT/'.venv'/'bin'/'ruff').exists() else 'ruff', 'check', 'nbs', 'tests', 'tools',
        'benchmarks', 'setup.py', cwd=ROOT)

def test_prose_is_wrapped():
    "Markdown cells at 120 columns, but for tables, code and formulas"
    wide = []
    for name in notebooks():
        for c in read_nb(NBS/name)['cells']:
            if c['cell_type']!='markdown': continue
            text = re.sub(r'^(```|~~~).*?^\1', '', source(c), flags=re.M | re.S)
            text = re.sub(r'\$\$.*?\$\$', '', text, flags=re.S)
            wide += [f'{name}: {l[:60]}' for l in text.splitlines() if len(l)>120 and not re.match(r'\s*[|<!]', l)]
    assert not wide, wide

def test_a_command_trains_the_seeds_that_a_page_shows():
    from gssl.core import as_seeds
    from gssl.records import read_records
    from gssl.registry import TABLES
    records = NBS/'experiments'/'records'
    for name in TABLES.keys() & {p.stem for p in records.iterdir()}:
        shown, trained = {r['seed'] for r in read_records(records/f'{name}.jsonl')}, {*as_seeds(TABLES[name].seeds)}
        assert shown<=trained or trained<=shown, (name, shown, trained)

def test_records_are_small_and_readable():
    from gssl.records import read_records
    files = sorted((NBS/'experiments'/'records').iterdir())
    held = [len(read_records(p)) for p in files]
    assert all(held)
    assert sum(p.stat().st_size for p in files) < 120*sum(held) # bytes: the files may grow with what was measured
