"What the tests share: where things are, commands that cannot hang, and a fair share of the cores for every worker."
import contextlib, fcntl, io, os, subprocess, sys, traceback, types, warnings
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

LONG_FIRST = ( # tests of a quarter of a minute or more, the longest first; then all others, notebooks before the rest
    'test_kills_at_random_moments', 'test_a_meta_training_killed', 'test_every_page_is', 'test_one_run_in_two',
    '[26_train_generator', '[experiments/mpssl_small', '[41_maml', '[tutorials/few_labels', '[72_fewshot', '[73_recipe',
    '[tutorials/reproduce_a_table', '[78_demo', '[76_executors', '[tutorials/from_a_laptop', '[02_ranks',
    '[65_estimator', '[64_mpssl', '[45_training', '[36_clusters', 'test_resume', 'test_many', 'test_demo_in_small',
    'test_install', 'test_site', 'test_runs_from_a_fresh_kernel')

def pytest_collection_modifyitems(items):
    "Long tests first: two workers then finish at about the same time"
    rank = lambda it: next((i for i,n in enumerate(LONG_FIRST) if n in it.nodeid), len(LONG_FIRST))
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

def gssl(*args, ok=True, cwd=None):
    "The command `gssl`, called in this process, which has torch already; what it says and its exit code, as `run` does"
    from gssl.cli import main
    out, err, before = io.StringIO(), io.StringIO(), os.getcwd()
    if cwd: os.chdir(cwd)
    try:
        with (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
              warnings.catch_warnings(record=True) as w):
            warnings.simplefilter('default')
            code = main([str(a) for a in args])
    except SystemExit as e: code = e.code
    except Exception: code = err.write(traceback.format_exc()) and 1
    finally: os.chdir(before)
    for m in w: err.write(warnings.formatwarning(m.message, m.category, m.filename, m.lineno))
    r = types.SimpleNamespace(returncode=code or 0, stdout=out.getvalue(), stderr=err.getvalue())
    if ok and r.returncode:
        said = f"gssl {' '.join(map(str, args))}\nexit code {code}\n{r.stdout[-4000:]}\n{r.stderr[-4000:]}"
        pytest.fail(said, pytrace=False)
    return r

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
def once(tmp_path_factory):
    "A function (name, make): the folder of that name, which `make(folder)` fills, once for all workers"
    base = tmp_path_factory.getbasetemp()
    top = base.parent if 'PYTEST_XDIST_WORKER' in os.environ else base
    def made(name, make):
        with open(top/f'{name}.lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (top/f'{name}.made').exists():
                make(top/name)
                (top/f'{name}.made').touch()
        return top/name
    return made

@pytest.fixture(scope='session')
def site(once):
    "The folder of the site, built now"
    return once('book', lambda to: run(sys.executable, ROOT/'tools'/'book.py', to))/'_build'/'html'

@pytest.fixture(scope='session')
def demo(once):
    "The folder of a small demonstration; `said` beside its report is what the command printed"
    def make(to):
        said = gssl('demo', '--scale',.01, '--out',to).stdout
        (to/'said').write_text(said)
    return once('demo', make)

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
