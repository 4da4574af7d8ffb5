"Many cells on every executor, one cell in many processes: what one process alone gives, whoever is killed."
import json, os, signal, subprocess, sys, time
from unittest.mock import patch
import pytest
from conftest import ROOT, gssl, run
from gssl import choices
from gssl.executors import Job, Slurm, do
from gssl.fewshot import FewShot
from gssl.files import load_state
from gssl.records import read_records
from gssl.registry import TABLES
from gssl.runner import Failures, run_table
from gssl.tables import Table
from gssl.status import status
from gssl.trained import Named
from gssl.writers import last_step

PROBES = {'regression': dict(probe='logistic'), 'neighbour': dict(probe='nearest')}
LABELS = {'1 label': dict(labels_per_class=1), '2 labels': dict(labels_per_class=2)}
TINY = Table('Eight small cells', 'rival', PROBES, LABELS, seeds='0-1')
HURT = Table('One diverges, one is well', 'classify',
             {'well': dict(lr=.1), 'ill': dict(lr=100., weight_decay=.9)}, {'digits': {}},
             dict(unlabelled='none', loss='none', steps=30, labels_per_class=2, width=4), seeds='1')
SWEEP = """import sys
sys.path[:0] = ['tests']
from unittest.mock import patch
from test_many import TABLES, TINY, run_table
with patch.dict(TABLES, tiny=TINY):
    run_table('tiny', sys.argv[1], jobs=2)"""

def tiny(out, **kw):
    with patch.dict(TABLES, tiny=TINY):
        run_table('tiny', out, say=lambda line: None, quiet=True, device='cpu', **kw)
    return what_matters(out)

def what_matters(out):
    "A table's records but for time and hardware, and its printed form"
    records = read_records(out/'tiny.jsonl')
    return [{k:v for k,v in r.items() if k not in ('seconds','seconds_of','hardware')} for r in records]

@pytest.fixture(scope='session')
def alone(tmp_path_factory):
    "The sweep in one process"
    records = tiny(tmp_path_factory.mktemp('alone'))
    assert len(records)==8
    return records

@pytest.mark.parametrize('executor', ('local','ray','slurm'))
def test_every_executor_gives_the_same_records_in_the_same_order(executor, alone, tmp_path):
    needed = dict(ray='ray', slurm='submitit')
    if executor in needed:
        pytest.importorskip(needed[executor], reason=f"pip install 'gssl[{executor}]'")
    on = dict(cluster='local') if executor=='slurm' else {}
    try:
        assert tiny(tmp_path, jobs=2, executor=executor, on=on)==alone
    except Exception as e: # Ray gives itself 30 s
        if 'timed out during startup' not in str(e):
            raise
        pytest.skip("this machine is too busy to start Ray")
    assert status(tmp_path).splitlines()==['tiny: 8 cells: 8 done', 'through']
    assert tiny(tmp_path)==alone # all is read, nothing is run

def test_a_diverging_cell_stops_nobody_and_says_why_in_its_folder(tmp_path):
    with patch.dict(TABLES, hurt=HURT), pytest.raises(Failures, match='1 of 2 cells failed, such as ill'):
        run_table('hurt', tmp_path, say=lambda line: None, quiet=True, device='cpu', jobs=2)
    assert [r['row'] for r in read_records(tmp_path/'hurt.jsonl')]==['well']
    reason, = tmp_path.glob('cells/*/failed.json')
    assert 'diverged' in json.loads(reason.read_text())['why']
    assert '1 done, 1 failed' in status(tmp_path) and 'diverged' in status(tmp_path)

def workers_of(pid):
    "The processes that a process started"
    return [int(p) for p in subprocess.run(['pgrep','-P',str(pid)], capture_output=True, text=True).stdout.split()]

def test_a_sweep_whose_worker_and_then_whose_scheduler_is_killed_ends_the_same(alone, tmp_path):
    def killed(which, done):
        "Kill -9 the scheduler, or a worker of it, once so many cells are done"
        p = subprocess.Popen([sys.executable, '-c', SWEEP, str(tmp_path)], cwd=ROOT,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.time()+300
        while len(list(tmp_path.glob('cells/*/record.json')))<done and p.poll() is None:
            assert time.time()<end
            time.sleep(.02)
        if p.poll() is None:
            os.kill(workers_of(p.pid)[0] if which=='worker' else p.pid, signal.SIGKILL)
        return p.wait(300)
    assert killed('worker', 2)==0            # its job was tried again
    assert what_matters(tmp_path)==alone
    for folder in list(tmp_path.glob('cells/*'))[:5]:
        (folder/'record.json').unlink()
    killed('scheduler', 5)
    assert killed('nobody', 99)==0
    assert what_matters(tmp_path)==alone

def until(true, seconds=300):
    end = time.time()+seconds
    while not true():
        assert time.time()<end
        time.sleep(.02)

def test_a_preempted_slurm_task_saves_is_queued_again_and_goes_on(tmp_path):
    pytest.importorskip('submitit', reason="pip install 'gssl[slurm]'")
    cell = FewShot(source=choices.Latent(generator=Named('vae-glyphs')), learner=choices.Proto(),
                   train=choices.Train(iterations=60, meta_batch=2), test=choices.Test(tasks=2)).ready()
    job = Job(cell, tmp_path/'cell', tmp_path, 'cpu')
    slurm = Slurm(1, tmp_path/'slurm', cluster='local')
    task, = slurm.start([[job]])
    try:
        until(lambda: last_step(job.folder)>=10)
        worker, = workers_of(int(task.job_id))
        os.kill(worker, signal.SIGUSR2)  # as Slurm does before it takes the machine away
        until(lambda: (job.folder/'state.safetensors').exists())
        assert 10<=load_state(job.folder/'state.safetensors')['step']<60
        while not slurm.wait([task], 1.): pass
    finally:
        slurm.close()
    assert job.record and not job.why
    said = task.paths.stdout.read_text()
    assert 'Requeued job' in said
    whole = Job(cell, tmp_path/'whole', tmp_path, 'cpu')
    do([whole])
    assert (whole.folder/'log.jsonl').read_text()==(job.folder/'log.jsonl').read_text()

MANY = """import sys
from gssl.cli import main
for line in sys.argv[1:]: assert main(line.split())==0"""

def many(processes, folder, lines):
    "Commands, one after the other, each shared among processes"
    if processes==1:
        return [l for line in lines for l in gssl(*line.split(), cwd=folder).stdout.splitlines()]
    script = folder/'many.py'
    script.write_text(MANY)
    r = run(sys.executable, '-m','torch.distributed.run', '--standalone', '--nproc-per-node',processes, script, *lines,
            cwd=folder, env=dict(os.environ, OMP_NUM_THREADS='1'))
    return r.stdout.splitlines()

def rows(folder):
    return [json.loads(line) for line in (folder/'log.jsonl').read_text().splitlines()]

def test_one_run_in_two_processes_is_the_run_of_one(tmp_path):
    fewshot = 'fewshot --generator vae-glyphs --meta-batch 3 --iterations 3 --test-tasks 2 --test-steps 2'
    made = 'generator --data digits --kind vae_light --width .25 --epochs 1 --batch-size 512'
    learned = 'classify --data digits --steps 2 --batch 16 --labels-per-class 5 --width 4'
    lines = dict(f=fewshot, g=made, c=learned)
    said = {n: many(n, tmp_path, [f'{line} --out {k}{n}' for k,line in lines.items()]) for n in (1,2)}
    assert len(said[1])==len(said[2])        # the first process alone speaks
    for k,rel in dict(f=1e-4, g=1e-3).items():
        a, b = rows(tmp_path/f'{k}1'), rows(tmp_path/f'{k}2')
        assert len(a)==len(b)
        for x,y in zip(a, b):
            assert y==pytest.approx(x, rel=rel)
    one, two = (load_state(tmp_path/f'f{n}'/'state.safetensors')['learner'] for n in (1,2))
    assert all((one[k]-two[k]).abs().max()<1e-3 for k in one)
    records = [json.loads((tmp_path/f'{k}2'/'record.json').read_text()) for k in lines]
    assert [r['hardware']['processes'] for r in records]==[2]*3
    assert many(2, tmp_path, [f'{fewshot} --out f2'])==said[2][:1] # a finished one is read

def test_what_torchrun_cannot_share_is_refused(tmp_path):
    env = dict(os.environ, WORLD_SIZE='2', RANK='0')
    r = run(sys.executable, '-m', 'gssl', 'run', 'demo', '--out', tmp_path/'x', ok=False, env=env)
    assert r.returncode==2 and '--jobs' in r.stderr and not (tmp_path/'x').exists()
