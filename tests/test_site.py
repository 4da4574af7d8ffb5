"The site in headless Chromium, from files, with no network: every page at desktop and phone width."
import json, sys
import pytest
from selenium.webdriver.support.ui import WebDriverWait
from conftest import ROOT, SIZES, notebooks, resize, run


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    "The folder of the site, built now"
    out = tmp_path_factory.mktemp('book')
    run(sys.executable, ROOT/'tools'/'book.py', out)
    return out/'_build'/'html'

SETTLE = """const done = arguments[0];
document.querySelectorAll('img').forEach(i => i.loading = 'eager');
const math = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
Promise.all([math, document.fonts.ready, ...[...document.images].map(i => i.decode().catch(() => 0))]).then(() => setTimeout(done, 50));"""

LOOK = """return {title: document.querySelector('main h1')?.innerText, text: document.querySelector('main')?.innerText.length,
  broken: [...document.images].filter(i => !i.naturalWidth).map(i => i.src.slice(0, 200)),
  math: document.querySelectorAll('.math').length, set: document.querySelectorAll('.math mjx-container').length,
  bad: [...document.querySelectorAll('mjx-merror')].map(e => e.getAttribute('title') || e.innerText),
  code: document.querySelectorAll('div.cell_input pre').length, directives: [...document.querySelectorAll('pre')].filter(e => /^#\\s*\\|/m.test(e.innerText)).length,
  wide: document.documentElement.scrollWidth, width: window.innerWidth}"""

def events(browser): return [json.loads(e['message'])['message'] for e in browser.get_log('performance')]

@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('name', notebooks())
def test_page_renders_offline_without_errors(name, size, site, browser):
    resize(browser, size)
    browser.get_log('browser'); browser.get_log('performance')
    browser.get((site/name).with_suffix('.html').as_uri())
    browser.execute_async_script(SETTLE)
    page = browser.execute_script(LOOK)
    assert page['title'] and page['text']>len(page['title']), page
    assert not page['broken'], f"images that did not load: {page['broken']}"
    assert page['math']==page['set'] and not page['bad'], f"{page['set']} of {page['math']} formulas were set; errors: {page['bad']}"
    assert not page['directives'], "an nbdev directive is shown to readers"
    if name!='index.ipynb': assert page['code'], "the page shows no code"
    assert page['wide'] <= page['width']+1, f"the page is {page['wide']} px wide on a {page['width']} px screen"
    assert not (bad := [e for e in browser.get_log('browser') if e['level']=='SEVERE']), bad
    asked = [e['params']['request']['url'] for e in events(browser) if e['method']=='Network.requestWillBeSent']
    assert not (out := [u for u in asked if not u.startswith((site.as_uri(),'data:','blob:'))]), f"the page asks for {out}"

def test_every_link_within_the_site_leads_somewhere(site):
    from bs4 import BeautifulSoup
    gone,soup = [], {p: BeautifulSoup(p.read_text(encoding='utf-8'), 'html.parser') for p in site.rglob('*.html') if '_static' not in p.parts}
    ids = {p: {t['id'] for t in s.find_all(id=True)} for p,s in soup.items()}
    for p,s in soup.items():
        for a in s.select('main a[href], .bd-sidebar a[href]'):
            path,_,frag = a['href'].partition('#')
            if ':' in path: continue
            to = (p.parent/path).resolve() if path else p
            if not to.exists() or (frag and to in ids and frag not in ids[to]): gone.append(f'{p.name}: {a["href"]}')
    assert not gone, gone

def test_search_finds_a_word_of_the_index(site, browser):
    browser.get((site/'search.html').as_uri()+'?q=gssl')
    WebDriverWait(browser, 30).until(lambda d: d.execute_script("return document.querySelectorAll('#search-results li a').length"))
