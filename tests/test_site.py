"The site in headless Chromium, from files, with no network: every page at desktop and phone width."
import json, re
import pytest
from selenium.webdriver.support.ui import WebDriverWait
from cells import off, read_nb, reader_cells
from conftest import NBS, SIZES, notebooks, resize

SETTLE = """const done = arguments[0];
document.querySelectorAll('img').forEach(i => i.loading = 'eager');
const math = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
const images = [...document.images].map(i => i.decode().catch(() => 0));
Promise.all([math, document.fonts.ready, ...images]).then(() => setTimeout(done, 50));"""

LOOK = """return {title: document.querySelector('main h1')?.innerText,
  text: document.querySelector('main')?.innerText.length,
  broken: [...document.images].filter(i => !i.naturalWidth).map(i => i.src.slice(0, 200)),
  math: document.querySelectorAll('.math').length, set: document.querySelectorAll('.math mjx-container').length,
  bad: [...document.querySelectorAll('mjx-merror')].map(e => e.getAttribute('title') || e.innerText),
  code: document.querySelectorAll('div.cell_input pre').length,
  directives: [...document.querySelectorAll('pre')].filter(e => /^#\\s*\\|/m.test(e.innerText)).length,
  wide: document.documentElement.scrollWidth, width: window.innerWidth}"""

# pages without code cells to show
WORDS = ('index.ipynb','90_papers.ipynb','91_glossary.ipynb','92_cite.ipynb','api/index.md','api/lasium.md')
# the reference's other pages come from the same few lines
PAGES = notebooks() + [n for n in WORDS if n.startswith('api')]

def events(browser):
    return [json.loads(e['message'])['message'] for e in browser.get_log('performance')]

@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('name', PAGES)
def test_page_renders_offline_without_errors(name, size, site, browser):
    resize(browser, size)
    browser.get('about:blank') # what the page before still had to say belongs to it
    browser.get_log('browser')
    browser.get_log('performance')
    browser.get((site/name).with_suffix('.html').as_uri())
    browser.execute_async_script(SETTLE)
    page = browser.execute_script(LOOK)
    assert page['title'] and page['text']>len(page['title']), page
    assert not page['broken'], f"images that did not load: {page['broken']}"
    formulas = f"{page['set']} of {page['math']} formulas were set; errors: {page['bad']}"
    assert page['math']==page['set'] and not page['bad'], formulas
    assert not page['directives'], "an nbdev directive is shown to readers"
    if name not in WORDS:
        assert page['code'], "the page shows no code"
    wide = f"the page is {page['wide']} px wide on a {page['width']} px screen"
    assert page['wide'] <= page['width']+1, wide
    assert not (bad := [e for e in browser.get_log('browser') if e['level']=='SEVERE']), bad
    asked = [e['params']['request']['url'] for e in events(browser) if e['method']=='Network.requestWillBeSent']
    out = [u for u in asked if not u.startswith((site.as_uri(),'data:','blob:'))]
    assert not out, f"the page asks for {out}"

def tables_of(name):
    "How many tables a page has: in its prose and in its stored outputs"
    count = lambda text: len(re.findall(r'^[ |:-]*\|[ |:-]*-{3,}[ |:-]*$', text, re.M))
    n = 0
    for c,dirs,src in reader_cells(read_nb(NBS/name)):
        if c['cell_type']=='markdown': n += count(re.sub(r'^```.*?^```', '', src, flags=re.M | re.S))
        elif not off(dirs, 'output'):
            n += sum(count(''.join(o.get('data', {}).get('text/markdown', ''))) for o in c['outputs'])
    return n

@pytest.mark.parametrize('name', notebooks())
def test_tables_are_tables(name, site):
    from bs4 import BeautifulSoup
    main = BeautifulSoup((site/name).with_suffix('.html').read_text(encoding='utf-8'), 'html.parser').select_one('main')
    assert len([t for t in main.find_all('table') if t.find('thead')]) >= tables_of(name)
    for code in main.find_all(['pre','script','style']): code.decompose()
    for code in main.select('code, .math'): code.decompose()
    assert not re.search(r'\|\s*:?-{3,}', main.get_text()), "a table is shown as a paragraph of | signs"
    assert not re.search(r'\$\\[a-z]', main.get_text()), "a formula is shown as it was typed"

def test_every_link_within_the_site_leads_somewhere(site):
    from bs4 import BeautifulSoup
    paths = [p for p in site.rglob('*.html') if '_static' not in p.parts]
    soup = {p: BeautifulSoup(p.read_text(encoding='utf-8'), 'html.parser') for p in paths}
    gone, ids = [], {p: {t['id'] for t in s.find_all(id=True)} for p,s in soup.items()}
    for p,s in soup.items():
        for a in s.select('main a[href], .bd-sidebar a[href]'):
            path,_,frag = a['href'].partition('#')
            if ':' in path: continue
            to = (p.parent/path).resolve() if path else p
            if not to.exists() or (frag and to in ids and frag not in ids[to]):
                gone.append(f'{p.name}: {a["href"]}')
    assert not gone, gone

def test_search_finds_a_word_of_the_index(site, browser):
    browser.get((site/'search.html').as_uri()+'?q=gssl')
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
