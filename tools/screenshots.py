"""Ten pages as pictures, to be looked at before a release: python tools/screenshots.py SITE OUT [--whole].

Each at desktop and phone width, the first three screens of it (`--whole`: all of it); two in the dark as well.
Chromium and its driver, as for the tests, and no network."""
import argparse, base64, shutil, sys
from pathlib import Path

PAGES = ['index', 'tutorials/your_own_images', 'tutorials/look_inside_a_generator', '09_glyphs', '30_lasium', '41_maml',
         '81_widgets', 'experiments/frontier', 'experiments/mpssl_small', 'api/lasium']
DARK = ['index', '81_widgets']
SIZES = dict(desktop=(1280,900), phone=(390,844))
SETTLE = """const done = arguments[0];
document.querySelectorAll('img').forEach(i => i.loading = 'eager');
const math = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
const images = [...document.images].map(i => i.decode().catch(() => 0));
Promise.all([math, document.fonts.ready, ...images]).then(
  () => requestAnimationFrame(() => requestAnimationFrame(() => done())));"""

def chromium(exe, driver, logs=None):
    "A headless Chromium that reaches no network, with a profile of its own"
    from selenium import webdriver
    opts = webdriver.ChromeOptions()
    opts.binary_location = exe
    for a in ('headless=new', 'no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run', 'disable-sync',
              'disable-background-networking', 'disable-component-update', 'disable-dev-shm-usage',
              'hide-scrollbars', 'host-resolver-rules=MAP * ~NOTFOUND'):
        opts.add_argument('--'+a)
    if logs: opts.set_capability('goog:loggingPrefs', logs)
    d = webdriver.Chrome(options=opts, service=webdriver.ChromeService(driver))
    d.set_page_load_timeout(300)
    d.set_script_timeout(300)
    return d

def programs():
    "Where Chromium and its driver are, or None for each"
    exe = next(filter(None, map(shutil.which, ('chromium','chromium-browser','google-chrome'))), None)
    return exe, shutil.which('chromedriver')

def resize(browser, size, high=None):
    w,h = SIZES[size]
    metrics = dict(width=w, height=high or h, deviceScaleFactor=1, mobile=size=='phone')
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', metrics)

def shoot(browser, page, size, dark, whole):
    "PNG bytes of a page from its top: three screens, or all of it"
    resize(browser, size)
    browser.get(page.as_uri())
    if dark: browser.execute_script("document.documentElement.dataset.theme = 'dark'")
    browser.execute_async_script(SETTLE)
    high = browser.execute_script('return document.documentElement.scrollHeight')
    resize(browser, size, min(high, 15000 if whole else 3*SIZES[size][1]))
    browser.execute_async_script(SETTLE)
    return base64.b64decode(browser.execute_cdp_cmd('Page.captureScreenshot', dict(format='png'))['data'])

def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('site', type=Path, help="the folder of the built site")
    p.add_argument('out', type=Path, help="where the pictures go")
    p.add_argument('--whole', action='store_true', help="whole pages instead of three screens")
    a = p.parse_args()
    exe, driver = programs()
    if not (exe and driver):
        sys.exit("Chromium and its driver are needed (Debian: apt-get install chromium chromium-driver)")
    a.out.mkdir(parents=True, exist_ok=True)
    browser = chromium(exe, driver)
    try:
        for size in SIZES:
            for name in PAGES:
                for theme in ('light','dark') if name in DARK else ('light',):
                    to = a.out/f"{name.replace('/','-')}-{size}-{theme}.png"
                    page = (a.site/f'{name}.html').resolve()
                    if not page.exists(): sys.exit(f'{page} is not there: build the site first (make docs)')
                    to.write_bytes(shoot(browser, page, size, theme=='dark', a.whole))
                    print(to)
    finally: browser.quit()

if __name__=='__main__': main()
