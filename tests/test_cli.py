"The command line as a person meets it: records, folders, mistakes, an interruption, the demonstration."
import json, re, shutil, signal, subprocess, time
import numpy as np, pytest
from PIL import Image
from cells import read_nb, source
from conftest import NBS, bin, gssl
from gssl.records import read_records
from screenshots import SIZES, resize

TINY = ('--iterations',2, '--meta-batch',2, '--test-tasks',6)
STEPS = ('--test-steps',2) # of learners that adapt

def strict(text):
    "JSON as the standard has it, without NaN and Infinity"
    def no(c): raise AssertionError(f"{c} is no JSON")
    return json.loads(text, parse_constant=no)

def one_line(r, *words):
    "Whether a mistake was answered in one line that holds these words"
    return r.returncode==2 and len(r.stderr.strip().splitlines())==1 and all(w in r.stderr for w in words)

def record(out, name='record.json'):
    return strict((out/name).read_text())

def check_record(r, **expected):
    "A record says what issue 2 asks it to say, in the right units"
    for k,t in dict(name=str, config=dict, seed=int, way=int, shot=int, query=int, tasks=int, accuracy=float,
                    interval=float, seconds=float, versions=dict, hardware=dict, transductive=bool).items():
        assert isinstance(r[k], t), (k, r[k])
    assert 0<=r['accuracy']<=100 and 0<=r['interval']<=100 and r['seconds']>0
    assert {'python','gssl','torch','numpy'} <= r['versions'].keys() and {'device','cores'} <= r['hardware'].keys()
    for k,v in expected.items(): assert r[k]==v, (k, r[k], v)
    assert r['config']['seed']==r['seed'] and r['config']['test']['way']==r['way']
    answers = r['tasks']*r['way']*r['query']
    correct = r['accuracy']/100*answers
    whole = abs(correct-round(correct)) < .02*max(1, answers/1000)
    assert whole, f"{r['accuracy']}% of {answers} answers is no whole number"

def contents(folder):
    "What a folder holds; when a sweep began is a clock's"
    files = (p for p in folder.rglob('*') if p.is_file() and not p.name.endswith('.sweep.json'))
    return {p.relative_to(folder): p.read_bytes() for p in files}

@pytest.fixture(scope='module')
def trained(angles, tmp_path_factory):
    "A folder with a generator trained by the command line on that folder"
    out = tmp_path_factory.mktemp('gen')/'vae'
    gssl('generator', '--data', angles, '--kind', 'vae', '--epochs', 2, '--batch-size', 16, '--seed', 5, '--out', out)
    return out

def test_generator_leaves_weights_a_card_a_log_and_sample_sheets(trained):
    assert {'generator.safetensors','generator.json','log.jsonl'} <= {p.name for p in trained.iterdir()}
    assert json.loads((trained/'generator.json').read_text())['seed']==5
    sheets = list((trained/'samples').glob('*.png'))
    assert sheets and all(np.asarray(Image.open(s)).std()>0 for s in sheets)

CELLS = [('labelled','protonets',['--batch-norm','inductive'], dict(transductive=False)),
         ('labelled','maml',['--first-order'], {}),
         ('lasium-n','protonets',['--shot','2','--way','3','--query','2'], dict(shot=2, way=3)),
         ('lasium-ro','maml',[], {}),
         ('lasium-oc','maml',['--backbone','authors','--seed','7'], dict(seed=7)),
         ('lasium-ro','scratch',['--test-query','4'], dict(query=4))]

@pytest.mark.parametrize('source, learner, more, expected', CELLS, ids=[f'{c[0]}-{c[1]}' for c in CELLS])
def test_fewshot_ends_in_a_record_that_says_everything(source, learner, more, expected, tmp_path):
    out = tmp_path/'run'
    made = ('--generator','vae-glyphs') if source!='labelled' else ()
    r = gssl('fewshot', '--data','glyphs', '--source',source, *made, '--learner',learner,
             *TINY, *(STEPS if learner!='protonets' else ()), *more, '--out',out)
    rec = record(out)
    check_record(rec, **dict(way=5, shot=1, query=15, tasks=6, seed=0, transductive=True) | expected)
    assert learner in rec['name'] and (learner=='scratch' or source in rec['name'])
    assert f"{rec['accuracy']:.2f}"[:-1] in r.stdout and str(out) in r.stdout, "the result is not said"
    assert 'Traceback' not in r.stderr and 'Warning' not in r.stderr, r.stderr

def test_a_folder_of_class_folders_goes_from_images_to_a_record_with_a_trained_generator(angles, trained, tmp_path):
    gssl('fewshot', '--data',angles, '--source','lasium-ro', '--generator',trained, '--learner','protonets',
         '--way',2, '--test-query',5, *TINY, '--out',tmp_path/'run')
    check_record(record(tmp_path/'run'), way=2, query=5)

def test_a_generator_kind_is_trained_within_the_run(angles, tmp_path):
    gssl('fewshot', '--data',angles, '--generator','vae', '--generator-epochs',1, '--learner','protonets',
         '--way',2, '--test-query',5, *TINY, '--out',tmp_path/'run')
    check_record(record(tmp_path/'run'))
    assert (tmp_path/'run'/'generator'/'generator.safetensors').exists()

def test_evaluate_judges_a_finished_run_with_five_shots_and_keeps_its_record(tmp_path):
    out = tmp_path/'run'
    gssl('fewshot', '--generator','vae-glyphs', '--learner','protonets', *TINY, '--out',out)
    before = contents(out)
    gssl('evaluate', out, '--shot', 5)
    after = contents(out)
    assert {k:after[k] for k in before}==before
    new, = after.keys()-before.keys()
    check_record(strict(after[new]), shot=5, way=5, tasks=6)

def test_the_same_command_reads_a_finished_run_and_another_seed_differs(tmp_path):
    cmd = ('fewshot', '--generator','vae-glyphs', '--learner','protonets', *TINY)
    first = gssl(*cmd, '--out',tmp_path/'a').stdout
    before = contents(tmp_path/'a')
    assert gssl(*cmd, '--out',tmp_path/'a').stdout==first and contents(tmp_path/'a')==before
    gssl(*cmd, '--out',tmp_path/'b')
    gssl(*cmd, '--seed',1, '--out',tmp_path/'c')
    a,b,c = (record(tmp_path/d) for d in 'abc')
    assert a['accuracy']==b['accuracy'] and a['interval']==b['interval']
    weights = next(v for k,v in contents(tmp_path/'a').items() if k.name=='state.safetensors')
    assert weights != (tmp_path/'c'/'state.safetensors').read_bytes() and c['seed']==1

def test_classify_chooses_its_weight_on_held_out_images_and_the_same_command_reads_it(tmp_path):
    out = tmp_path/'run'
    cmd = ('classify', '--labels-per-class',5, '--steps',3, '--batch',8, '--lams','0.1,1', '--out',out)
    said = gssl(*cmd).stdout
    before = contents(out)
    rec = record(out)
    tried = {p.parent.name: strict(p.read_text())['config']['loss']['lam']
             for p in (out/'search').glob('*/record.json')}
    assert set(tried.values())=={.1,1.} and rec['lam'] in (.1,1.)
    assert '10 of 50 labelled images held out' in rec['validation'] and f"{rec['accuracy']:.2f}" in said
    def best_of(name):
        lines = (out/'search'/name/'log.jsonl').read_text().splitlines()
        return max(strict(l).get('valid',0.) for l in lines)
    best = {lam: best_of(name) for name,lam in tried.items()}
    assert best[rec['lam']]==max(best.values())
    assert gssl(*cmd).stdout==said and contents(out)==before

def wrong(angles):
    "What people get wrong: the arguments, and words that the answer must hold"
    return dict(
        no_such_command=(['fewshit'], ['fewshot']),
        no_such_source=(['fewshot','--source','magic'], ['magic','lasium-ro']),
        no_such_learner=(['fewshot','--learner','gpt'], ['gpt','protonets']),
        no_such_data=(['fewshot','--data','nothere'], ['nothere','omniglot']),
        no_such_root=(['fewshot','--data','omniglot','--root','/no/such/folder'], ['/no/such/folder']),
        no_such_generator=(['fewshot','--generator','nogan'], ['nogan','vae']),
        no_such_kind=(['generator','--kind','nogan'], ['nogan','vae']),
        no_such_device=(['fewshot','--device','warp'], ['warp','cpu']),
        no_epochs=(['generator','--epochs','0'], ['epochs']),
        one_way=(['fewshot','--way','1'], ['way']),
        no_shot=(['fewshot','--shot','0'], ['shot']),
        too_many_shots=(['fewshot','--generator','vae-glyphs','--shot','50'], ['65','20','shot']),
        too_many_ways=(['fewshot','--data',str(angles),'--generator','vae-glyphs','--way','40'], ['40']),
        nothing_to_evaluate=(['evaluate','empty'], ['empty']),
        not_a_number=(['fewshot','--way','five'], ['five']),
        no_such_loss=(['classify','--loss','hope'], ['hope','scr']),
        no_such_unlabelled=(['classify','--unlabelled','wishes'], ['wishes','lmo']),
        a_loss_without_images=(['classify','--unlabelled','none'], ["'none' for both"]),
        weights_that_are_no_numbers=(['classify','--lams','few,many'], ['few,many','commas']),
        an_option_that_says_nothing=(['fewshot','--learner','protonets','--inner-lr','1'], ['--inner-lr','protonets']),
        no_such_column=(['run','ssml-7','--columns','ten'], ['ten','classes 5%']),
        nothing_held_out=(['classify','--labels-per-class','1','--lams','0.1,1'], ['held-out','two or more']),
        no_such_seeds=(['run','mpssl-small','--seeds','some'], ['some','3-7']),
        unknown_option=(['fewshot','--ways','5'], ['--ways']))

@pytest.mark.parametrize('case', wrong(''))
def test_a_mistake_is_answered_in_one_line_with_exit_code_2(case, angles, tmp_path):
    args,words = wrong(angles)[case]
    r = gssl(*args, ok=False, cwd=tmp_path)
    lines = [l for l in r.stderr.splitlines() if l.strip()]
    assert r.returncode==2, (r.returncode, r.stderr)
    assert 'Traceback' not in r.stderr and not r.stdout
    if not lines[0].startswith('usage:'):
        assert len(lines)==1, r.stderr
    assert all(w in lines[-1] for w in words), lines[-1]
    assert not list(tmp_path.rglob('record.json'))

def test_a_truncated_image_is_named(angles, tmp_path):
    shutil.copytree(angles, tmp_path/'d')
    bad = tmp_path/'d'/'angle03'/'4.png'
    bad.write_bytes(bad.read_bytes()[:60])
    r = gssl('generator', '--data',tmp_path/'d', '--epochs',1, '--out',tmp_path/'g', ok=False)
    assert one_line(r, '4.png', 'angle03'), r.stderr

def test_a_folder_of_another_run_is_refused_and_nothing_in_it_changes(tmp_path):
    out = tmp_path/'run'
    cmd = ('fewshot', '--generator','vae-glyphs', '--learner','protonets', *TINY, '--out',out)
    gssl(*cmd)
    before = contents(out)
    r = gssl(*cmd, '--way',3, ok=False)
    assert one_line(r, 'way') and contents(out)==before
    gssl(*cmd, '--way',3, '--fresh')
    assert record(out)['way']==3

def test_a_generator_folder_of_other_settings_is_refused_and_nothing_in_it_changes(angles, trained, tmp_path):
    out = tmp_path/'g'
    shutil.copytree(trained, out)
    before = contents(out)
    r = gssl('generator', '--data',angles, '--kind','vae', '--epochs',2, '--batch-size',16, '--seed',6,
             '--out',out, ok=False)
    assert one_line(r, 'seed') and contents(out)==before

def test_an_interrupted_run_says_how_to_continue(tmp_path):
    out = tmp_path/'run'
    log, pipe = out/'log.jsonl', subprocess.PIPE
    cmd = (bin('gssl'), 'fewshot', '--generator','vae-glyphs', '--learner','protonets',
           '--iterations',100000, '--out',out)
    heed = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) # a shell's background job ignores it
    p = subprocess.Popen([str(a) for a in cmd], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True,
                         preexec_fn=heed)
    try:
        end = time.time()+600
        while not (log.exists() and log.stat().st_size) and time.time()<end and p.poll() is None:
            time.sleep(.1)
        p.send_signal(signal.SIGINT)
        stdout,err = p.communicate(timeout=300)
    finally: p.kill()
    assert p.returncode==130 and 'Traceback' not in err and 'continue' in err.splitlines()[-1], err[-2000:]

def test_no_command_lists_the_commands_and_every_option_is_explained():
    assert gssl().stdout==gssl('--help').stdout
    for c in ('demo','generator','fewshot','evaluate'):
        text = gssl(c, '--help').stdout
        bare = re.findall(r'^  (--?[\w-]+(?: [A-Z_]+)?)$(?!\n {10,}\S)', text, re.M)
        assert not bare, f"gssl {c}: no help for {bare}"

def test_demo_in_small_ends_in_pictures_a_table_records_and_a_report(demo):
    out,said = demo, (demo/'said').read_text()
    page = (out/'report.html').read_text()
    assert not re.search(r'(?:src|href)=["\'](?!data:|#)', page) and '<table' in page
    assert str(out/'report.html') in said and Image.open(out/'tasks.png').size[0]>100
    assert '±' in (out/'table.md').read_text()
    records = [strict(p.read_text()) for p in out.rglob('record.json')]
    assert len(records)>=3 and {r['config']['learner']['is'] for r in records}=={'Maml','Proto','Scratch'}
    for r in records: check_record(r, way=5)

@pytest.mark.parametrize('size', SIZES)
def test_demo_report_opens_offline_in_a_browser(size, demo, browser):
    resize(browser, size)
    browser.get_log('browser')
    browser.get((demo/'report.html').as_uri())
    page = browser.execute_script("""return {
        text: document.body.innerText, rows: document.querySelectorAll('table tr').length,
        broken: [...document.images].filter(i => !i.naturalWidth).length, images: document.images.length,
        wide: document.documentElement.scrollWidth, width: window.innerWidth}""")
    assert page['images'] and not page['broken'] and page['rows']>=4 and '±' in page['text']
    assert page['wide']<=page['width']+1
    assert not [e for e in browser.get_log('browser') if e['level']=='SEVERE']

def test_tables_of_both_papers_have_names_and_say_what_data_they_miss(tmp_path):
    for name,word in (('mpssl-3','cars'), ('lasium-2','CelebA'), ('mpssl-12','mpssl-11')):
        r = gssl('run', name, '--root',tmp_path, '--out',tmp_path/'t', ok=False)
        assert one_line(r, word), r.stderr
    assert not (tmp_path/'t').exists()

def test_every_table_is_listed_and_prints_without_a_run(tmp_path):
    from gssl.registry import TABLES
    listed = gssl('list', '--out',tmp_path, cwd=tmp_path).stdout
    assert all(name in listed for name in TABLES) and not list(tmp_path.iterdir())
    said = gssl('table', 'lasium-4', '--out',tmp_path, cwd=tmp_path).stdout
    assert '40.19' in said and 'UMTRA' in said and 'gssl run lasium-4' in said

def test_a_table_runs_what_is_missing_and_shares_what_is_needed(tmp_path):
    cmd = ('run', 'glyphs', '--rows','RO-VAE', '--columns','1', '--seeds',1, '--iterations',2, '--test-tasks',4,
           '--generator-epochs',1, '--generator-width',.25, '--out',tmp_path)
    first = gssl(*cmd).stdout
    cells = [p.name.split('-')[0] for p in (tmp_path/'cells').iterdir()]
    assert sorted(cells)==['fewshot','fewshot','trained'] and 'LASIUM-RO-VAE-MAML' in first
    before = contents(tmp_path)
    assert gssl(*cmd).stdout==first and contents(tmp_path)==before
    made = lambda: {p: p.stat().st_mtime_ns for p in tmp_path.glob('cells/*/record*.json')}
    then = made()
    gssl(*cmd, '--fresh')
    now = made()
    assert {p.parent.name.split('-')[0] for p in now if now[p]!=then[p]}=={'fewshot'} and now.keys()==then.keys()

def test_a_second_process_is_refused_while_the_first_works(tmp_path):
    from gssl.writers import sole_writer
    out = tmp_path/'run'
    cmd = ('fewshot', '--generator','vae-glyphs', '--learner','protonets', *TINY, '--out',out)
    out.mkdir()
    with sole_writer(out): assert one_line(gssl(*cmd, ok=False), 'another process'), "it was not refused"
    gssl(*cmd)

def test_one_bad_picture_stops_everything_or_is_left_out_and_named(angles, tmp_path):
    shutil.copytree(angles, tmp_path/'d')
    bad = tmp_path/'d'/'angle03'/'4.png'
    bad.write_bytes(bad.read_bytes()[:60])
    cmd = ('classify', '--data',tmp_path/'d', '--labels-per-class',5, '--unlabelled','none', '--loss','none',
           '--steps',2, '--out',tmp_path/'run')
    assert one_line(gssl(*cmd, ok=False), '4.png', '--skip-unreadable')
    r = gssl(*cmd, '--skip-unreadable')
    assert '4.png' in r.stderr and '1 unreadable left out' in record(tmp_path/'run')['data']

def test_table_3_runs_on_faces_with_attributes(tmp_path, monkeypatch):
    "LASIUM's Table 3 from files as torchvision lays them out, drawn here: generator, tasks of attributes, two learners"
    monkeypatch.setenv('GSSL_CACHE', str(tmp_path/'cache'))
    drawn = {}
    for c in read_nb(NBS/'13_celeba.ipynb')['cells']:
        if c['cell_type']=='code' and 'draw_celeba' not in drawn:
            body = source(c).replace('root = draw_celeba(tmp)', '').replace('from gssl.show import show_grid', '')
            exec(body.replace("os.environ['GSSL_CACHE'] = str(tmp/'cache')", ''), drawn)
    root = drawn['draw_celeba'](tmp_path/'data', people=8, each=60)
    out = gssl('run', 'lasium-3', '--root', root, '--rows', 'scratch|LASIUM-N-GAN-ProtoNets', '--seeds', '0-0',
               '--size', '84', '--generator-epochs', '1', '--generator-width', '.05', '--iterations', '2',
               '--test-tasks', '4', '--test-steps', '2', '--out', tmp_path/'runs').stdout
    found = read_records(tmp_path/'runs'/'lasium-3.jsonl')
    assert {r['row'] for r in found}=={'Training from scratch', 'LASIUM-N-GAN-ProtoNets'} and 'Table 3' in out
    assert all((r['way'], r['shot'], r['query'])==(2,5,5) and 'attributes' in r['data'] for r in found)
