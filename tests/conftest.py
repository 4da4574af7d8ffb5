"What the tests share: where things are, commands that cannot hang, and a fair share of the cores for every worker."
import fcntl, os, subprocess, sys
from pathlib import Path
import numpy as np, pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT/'nbs'
sys.path[:0] = [str(ROOT), str(ROOT/'tools')]
from screenshots import chromium, programs # noqa: E402
workers = int(os.environ.get('PYTEST_XDIST_WORKER_COUNT', 1))
# not the user's own choice, and not what a worker inherits from its controller, which has the machine to itself
if 'OMP_NUM_THREADS' not in os.environ or 'GSSL_SHARE' in os.environ:
    os.environ['OMP_NUM_THREADS'] = os.environ['GSSL_SHARE'] = str(max(1, (os.cpu_count() or 1)//workers))
os.environ['JUPYTER_PREFER_ENV_PATH'] = '1' # kernels of this environment, not of the user's home
os.environ['PYTHONPATH'] = str(ROOT) # this tree is tested, wherever the environment's gssl comes from

LONG_FIRST = ['test_install', 'test_resume', 'test_cli', 'test_notebooks', 'test_site', 'test_widgets']

def pytest_collection_modifyitems(items):
    "Long tests first: two workers then finish at about the same time"
    rank = lambda it: next((i for i,n in enumerate(LONG_FIRST) if it.module.__name__.endswith(n)), len(LONG_FIRST))
    items.sort(key=rank)

def notebooks():
    "All notebooks of the project, as paths below nbs/"
    paths = (p.relative_to(NBS) for p in NBS.rglob('*.ipynb'))
    return sorted(p.as_posix() for p in paths if not any(d.startswith(('.','_')) for d in p.parts))

def run(*cmd, timeout=1200, ok=True, **kw):
    "Run a command to its end without a terminal; with `ok` a failure shows what it printed"
    cmd = [str(c) for c in cmd]
    r = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, **kw)
    if ok and r.returncode:
        said = f"{r.stdout[-4000:]}\n{r.stderr[-4000:]}"
        pytest.fail(f"{' '.join(cmd)}\nexit code {r.returncode}\n{said}", pytrace=False)
    return r

def bin(name): return Path(sys.executable).with_name(name)

def gssl(*args, **kw): return run(bin('gssl'), *args, **kw)

@pytest.fixture(scope='session')
def angles(tmp_path_factory):
    "A folder of class folders: 12 classes of 12 PNG images, bars at the angle of their class"
    top,rng = tmp_path_factory.mktemp('angles'), np.random.default_rng(0)
    y,x = np.mgrid[-1:1:28j, -1:1:28j]
    for c in range(12):
        (top/f'angle{c:02}').mkdir()
        for i in range(12):
            a = np.pi*c/12+rng.normal(0,.05)
            d = np.abs(x*np.sin(a)-y*np.cos(a)+rng.normal(0,.1))
            Image.fromarray((255*(d<.15+.05*rng.random())).astype('uint8')).save(top/f'angle{c:02}'/f'{i}.png')
    return top

@pytest.fixture(scope='session')
def site(tmp_path_factory):
    "The folder of the site, built now, once for all workers"
    base = tmp_path_factory.getbasetemp()
    top = base.parent if 'PYTEST_XDIST_WORKER' in os.environ else base
    with open(top/'book.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (top/'book'/'built').exists():
            run(sys.executable, ROOT/'tools'/'book.py', top/'book')
            (top/'book'/'built').touch()
    return top/'book'/'_build'/'html'

@pytest.fixture(scope='session')
def browser():
    "Headless Chromium that reaches no network. Without one the test is skipped, but fails in CI"
    exe, driver = programs()
    if not (exe and driver):
        why = "Chromium and its driver are needed (Debian: apt-get install chromium chromium-driver)"
        pytest.fail(why) if os.environ.get('CI') else pytest.skip(why)
    d = chromium(exe, driver, dict(browser='ALL', performance='ALL'))
    yield d
    d.quit()
