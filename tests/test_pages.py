"The lists of pages and the README agree with the notebooks."
import yaml
from conftest import NBS, ROOT, notebooks
from readme import readme

def in_toc():
    toc = yaml.safe_load((NBS/'_toc.yml').read_text(encoding='utf-8'))
    return [toc['root']+'.ipynb'] + [c['file']+'.ipynb' for p in toc['parts'] for c in p['chapters']]

def in_quarto():
    side = yaml.safe_load((ROOT/'_quarto.yml').read_text(encoding='utf-8'))['website']['sidebar']['contents']
    return [f.removeprefix('nbs/') for c in side for f in ([c] if isinstance(c, str) else c['contents'])]

def test_jupyter_book_and_quarto_list_the_same_pages_in_the_same_order(): assert in_toc() == in_quarto()

def test_every_notebook_on_disk_is_listed_once_and_nothing_else(): assert sorted(in_toc()) == notebooks(), "run `make pages`"

def test_readme_is_made_from_the_index():
    text,images = readme()
    assert (ROOT/'README.md').read_text(encoding='utf-8')==text, "run `make readme`"
    assert {p.name: p.read_bytes() for p in (NBS/'images').glob('index-*.png')} == images, "run `make readme`"

def test_readme_links_to_files_that_exist():
    import re
    text,_ = readme()
    links = [l.split('#')[0] for l in re.findall(r'(?:\]\(|(?:src|href)=")([^)"\s]+)', text) if not l.startswith(('http','mailto:','#','data:'))]
    assert not (gone := [l for l in links if not (ROOT/l).exists()]), gone
