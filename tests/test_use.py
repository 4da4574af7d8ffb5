"A stranger with images: a flat folder, a sorted heap, a file to take away, as the command line gives them."
import csv, json, shutil
import numpy as np, pytest
from PIL import Image
from conftest import gssl
from test_cli import one_line, record

LITTLE = ('--learner','protonets', '--batch-norm','inductive', '--way',5, '--query',2, '--iterations',2,
          '--meta-batch',1)

@pytest.fixture(scope='module')
def heap(angles, tmp_path_factory):
    "The pictures of eight classes in one flat folder, and four classes given apart"
    top = tmp_path_factory.mktemp('stranger')
    (top/'heap').mkdir()
    for p in sorted(angles.rglob('*.png')):
        if int(p.parent.name[-2:])<8: shutil.copy(p, top/'heap'/f'{p.parent.name}-{p.name}')
        else:
            (top/'apart'/p.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(p, top/'apart'/p.parent.name/p.name)
    return top

@pytest.fixture(scope='module')
def unjudged(heap):
    "A run on a flat folder, with nothing to test it on"
    said = gssl('fewshot', '--data',heap/'heap', '--source','views', *LITTLE, '--out',heap/'run').stdout
    assert 'not tested' in said and '--test-data' in said
    return heap/'run'

def test_a_flat_folder_is_trained_on_and_the_record_says_that_nothing_judged_it(unjudged):
    r = record(unjudged)
    assert r['accuracy'] is None and r['images']==96 and '--test-data' in r['untested']

@pytest.mark.parametrize('source', [('clusters','--start',2, '--members',2, '--way',2),
                                    ('lasium-ro','--generator','vae', '--generator-epochs',1)], ids=lambda s: s[0])
def test_a_flat_folder_is_judged_on_a_folder_given_apart(source, heap, tmp_path):
    name,*more = source
    gssl('fewshot', '--data',heap/'heap', '--source',name, *LITTLE, *more, '--test-data',heap/'apart', '--test-way',3,
         '--test-query',4, '--test-tasks',6, '--out',tmp_path)
    r = record(tmp_path)
    assert 0<=r['accuracy']<=100 and r['data'].startswith('apart') and r['config']['test']['data']==str(heap/'apart')

@pytest.mark.parametrize('source', [('views',), ('clusters','--start',2, '--labels-early', '--members',2, '--way',2),
                                    ('ssml','--generator','vae', '--generator-epochs',1, '--way',3),
                                    ('labelled','--way',3)], ids=lambda s: s[0])
def test_sorted_images_join_a_heap(source, heap, tmp_path):
    name,*more = source
    said = gssl('fewshot', '--data',heap/'heap', '--labelled',heap/'apart', '--source',name, *LITTLE, *more,
                '--out',tmp_path)
    known = record(tmp_path)['labels']
    assert '144 images' in said.stdout
    assert (known['scheme'], known['labelled_images'], known['labelled_classes']) == ('folder', 48, 4)
    assert known['images']==96+48 and known['per_class']==[12, 12., 12]

def test_a_gan_learns_from_sorted_images_and_a_heap(heap, tmp_path):
    gssl('generator', '--data',heap/'heap', '--kind','ssgan', '--labelled',heap/'apart', '--epochs',1, '--width',.1,
         '--out',tmp_path)
    r = record(tmp_path)
    assert r['config']['labels']['folder']==str(heap/'apart') and r['images']==96+48

@pytest.mark.parametrize('kind', ['ssgan','cssgan_k1'])
def test_a_gan_learns_from_a_share_of_the_labels(kind, angles, tmp_path):
    gssl('generator', '--data',angles, '--kind',kind, '--labels',50, '--scheme','instances', '--epochs',1,
         '--width',.1, '--out',tmp_path)
    assert record(tmp_path)['steps']==1

def test_copies_of_sorted_images_are_no_others(heap, tmp_path):
    shutil.copytree(heap/'heap', tmp_path/'heap')
    for p in (heap/'apart').rglob('*.png'): shutil.copy(p, tmp_path/'heap'/f'{p.parent.name}-{p.name}')
    gssl('fewshot', '--data',tmp_path/'heap', '--labelled',heap/'apart', '--source','views', *LITTLE,
         '--out',tmp_path/'run')
    assert record(tmp_path/'run')['labels']['images']==96+48

def test_a_run_that_nothing_judged_is_judged_later(unjudged, heap):
    said = gssl('evaluate', unjudged, '--test-data',heap/'apart', '--way',4, '--query',3, '--tasks',5).stdout
    assert '4-way 1-shot' in said and '5 tasks' in said

@pytest.mark.parametrize('source', ['labelled','ssml'])
def test_a_source_that_needs_labels_says_which_need_none(source, heap, tmp_path):
    r = gssl('fewshot', '--data',heap/'heap', '--source',source, '--out',tmp_path/'x', ok=False)
    assert one_line(r, 'labels', '--source views', 'lasium-ro') and not (tmp_path/'x').exists()

def test_too_few_images_to_test_on_says_what_to_ask_for(heap, tmp_path):
    cmd = ('fewshot', '--data',heap/'heap', '--source','views', *LITTLE, '--test-data',heap/'apart', '--test-way',4,
           '--test-tasks',2, '--out',tmp_path/'x')
    assert one_line(gssl(*cmd, ok=False), 'at most 12 in shot + query', '--test-query')
    gssl(*cmd, '--test-query',11)

def table(path):
    with open(path, newline='') as f: return list(csv.DictReader(f))

def test_a_few_shot_run_sorts_a_folder_into_the_classes_of_a_support(unjudged, heap, tmp_path):
    support = tmp_path/'support'
    for c in ('angle08','angle11'):
        (support/c).mkdir(parents=True)
        for i in range(3): shutil.copy(heap/'apart'/c/f'{i}.png', support/c)
    assert one_line(gssl('predict', unjudged, heap/'heap', ok=False), '--support')
    said = gssl('predict', unjudged, heap/'apart'/'angle08', '--support',support, '--out',tmp_path/'out').stdout
    rows = table(tmp_path/'out'/'predictions.csv')
    assert len(rows)==12 and {r['class'] for r in rows}<={'angle08','angle11'}
    assert all(.5<=float(r['confidence'])<=1 for r in rows)
    assert '12 images' in said and Image.open(tmp_path/'out'/'sheet.png').size[0]>500

@pytest.fixture(scope='module')
def classified(angles, tmp_path_factory):
    "A classifier's run, and what the command said"
    out = tmp_path_factory.mktemp('classified')/'run'
    said = gssl('classify', '--data',angles, '--labels-per-class',6, '--unlabelled','none', '--loss','none',
                '--steps',3, '--width',4, '--out',out).stdout
    return out, said

def test_a_classifier_ends_by_saying_chance_and_the_plainest_rival(classified):
    out,said = classified
    rival = record(out/'rival')
    assert 'Chance 8.3' in said and f"{rival['accuracy']:.2f}" in said and 'logistic regression' in said
    assert rival['config']['data']==record(out)['config']['data'] and rival['tests']==record(out)['tests']

def test_evaluate_of_a_classifier_answers_by_class(classified):
    out,_ = classified
    said, r = gssl('evaluate', out).stdout, record(out)
    right = sum(row.get(c,0) for c,row in r['confusion'].items())
    assert abs(100*right/r['tests']-r['accuracy'])<.01
    assert sum(sum(v.values()) for v in r['confusion'].values())==r['tests']
    assert all(c in said for c in r['confusion']) and 'right, %' in said
    assert one_line(gssl('evaluate', out, '--shot',5, ok=False), 'few-shot')

def test_a_classifier_sorts_a_folder_and_one_bad_picture_is_named(classified, heap, tmp_path):
    shutil.copytree(heap/'heap', tmp_path/'heap')
    (tmp_path/'heap'/'bad.png').write_bytes(b'no picture')
    said = gssl('predict', classified[0], tmp_path/'heap', '--out',tmp_path/'out').stdout
    rows = table(tmp_path/'out'/'predictions.csv')
    assert 'left out: bad.png' in said and len(rows)==97
    assert rows[-1]==dict(file='bad.png', **{'class':'', 'confidence':''})
    r = gssl('predict', classified[0], tmp_path/'heap', '--support',heap/'apart', ok=False)
    assert one_line(r, 'leave --support out')

def test_a_saved_learner_is_used_from_python_and_its_export_agrees(classified, heap, tmp_path):
    import torch
    from gssl.sort import open_model
    model = open_model(classified[0])
    p = model.predict_proba(heap/'heap')
    said = gssl('export', classified[0], '--out',tmp_path).stdout
    card = json.loads((tmp_path/'model.json').read_text())
    pictures = [np.asarray(Image.open(f))[None] for f in sorted((heap/'heap').iterdir())]
    x = torch.from_numpy(np.stack(pictures)).float()/255
    there = torch.export.load(tmp_path/'model.pt2').module()(x).detach().numpy()
    assert np.abs(there-p).max()<1e-4 and card['classes']==list(model.classes_) and 'model.pt2' in said

def test_onnx_says_what_to_install_or_agrees(classified, tmp_path):
    r = gssl('export', classified[0], '--to','onnx', '--out',tmp_path, ok=False)
    try: import onnx, onnxruntime, onnxscript # noqa: F401
    except ImportError: assert one_line(r, "gssl[onnx]")
    else: assert r.returncode==0 and (tmp_path/'model.onnx').stat().st_size>1000, r.stderr[-2000:]
