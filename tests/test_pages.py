"The lists of pages and the README agree with the notebooks."
import yaml
from conftest import NBS, ROOT, notebooks
from readme import readme

def in_toc():
    toc = yaml.safe_load((NBS/'_toc.yml').read_text(encoding='utf-8'))
    return [toc['root']+'.ipynb'] + [c['file']+'.ipynb' for p in toc['parts'] for c in p['chapters']]

def in_quarto():
    side = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))['website']['sidebar']['contents']
    return [f.removeprefix('nbs/') for c in side if isinstance(c, str) or isinstance(c['contents'], list) for f in ([c] if isinstance(c, str) else c['contents'])]

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
    links = [l.split('#')[0] for l in re.findall(r'(?:\]\(|(?:src|href)=")([^)"\s]+)', text) if not l.startswith(('http','mailto:','#','data:'))]
    assert not (gone := [l for l in links if not (ROOT/l).exists()]), gone

def test_the_api_reference_has_every_public_name_of_every_module():
    import importlib, yaml, api
    pages,gone = api.pages(), []
    for p in sorted((ROOT/'gssl').glob('[a-z]*.py')):
        names = getattr(importlib.import_module(f'gssl.{p.stem}'), '__all__', [])
        gone += [f'gssl.{p.stem}.{n}' for n in names if f'\n## {n}\n' not in pages.get(f'{p.stem}.md', '') or f'| [`{n}`]({p.stem}.md#' not in pages['index.md']]
    assert not gone, gone
    side = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))
    assert side['project']['pre-render']=='tools/api.py' and 'nbs/api/*.md' in [c['contents'] for c in side['website']['sidebar']['contents'] if isinstance(c, dict) and isinstance(c['contents'], str)]

def test_a_reference_entry_has_the_signature_the_comments_and_the_docstring_but_no_body(tmp_path):
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
    def g(self): return 'ü' + 'body'
    def _h(self): pass
""")
    text = api.pages(tmp_path)['m.md']
    for want in ('x:int, # how many', 'y=1)->int: # so many', '"Adds"', 'a:int=0 # a field', 'def __init__(self, b):', 'def g(self):', 'K = 3', 'm.py#L4-L7'):
        assert want in text, want
    for bad in ('body', '_h', 'return'):
        assert bad not in text, bad
