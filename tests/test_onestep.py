"One-step generators of diffusers make the very images of its own pipelines, from tiny random networks made here."
import json
import pytest, torch
from gssl.core import Draw, seeded
from gssl.estimator import GenerativeSSL
from gssl.kinds import open_foundation
from gssl.onestep import ConsistencyModel, TextToImage, load_onestep

diffusers = pytest.importorskip('diffusers', reason="pip install 'gssl[diffusers]'")

def unet2d(classes=10):
    with seeded(0): return diffusers.UNet2DModel(
        sample_size=16, block_out_channels=(32,64), layers_per_block=1, num_class_embeds=classes,
        down_block_types=('DownBlock2D','AttnDownBlock2D'), up_block_types=('AttnUpBlock2D','UpBlock2D'))

@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    "As save_pretrained leaves a consistency model"
    at = tmp_path_factory.mktemp('cm')
    scheduler = diffusers.CMStochasticIterativeScheduler()
    diffusers.ConsistencyModelPipeline(unet2d(), scheduler).save_pretrained(at)
    return at

def test_a_consistency_model_is_what_its_pipeline_is(folder):
    G = open_foundation(folder)
    assert isinstance(G, ConsistencyModel) and (G.n_classes, G.image_shape, G.z_dim) == (10, (3,16,16), 3*16*16)
    z, y = Draw(0).normal(3, G.z_dim), torch.tensor([0,4,9])
    pipe = diffusers.ConsistencyModelPipeline.from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    want = pipe(batch_size=3, class_labels=y.tolist(), num_inference_steps=1, latents=z.view(3,3,16,16),
                output_type='pt').images
    torch.testing.assert_close(G(z, y), want, atol=1e-5, rtol=0)
    assert (want[0]-want[1]).abs().mean() > .01

def test_soft_classes_pass_gradients_in_chunks(folder):
    z = Draw(1).normal(5, 3*16*16)
    def slopes(chunk):
        G = load_onestep(folder, chunk)
        at, w = z.clone().requires_grad_(), torch.full((5,10), .1, requires_grad=True)
        (G(at, w)**2).sum().backward()
        return at.grad, w.grad
    for a, b in zip(slopes(5), slopes(2)):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)
        assert a.abs().max() > 0

def test_a_chunk_bounds_how_many_images_the_network_sees(folder):
    G, seen = load_onestep(folder, 2), []
    G.net.register_forward_hook(lambda m, args, out: seen.append(len(args[0])))
    G(Draw(0).normal(5, G.z_dim), torch.arange(5))
    assert seen == [2,2,1]

def test_lmo_learns_through_one(folder):
    x = torch.randint(0, 256, (8,3,16,16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    m = GenerativeSSL(foundation=str(folder), steps=2, quiet=True, batch=4, width=4, validation=0.)
    m.fit(x, [0,1]*4)
    assert m.trial_.source.generator.n_classes == 10 and 'gap' in ' '.join(m.log_[-1])

def parts():
    "A tiny Stable Diffusion without its text encoder"
    with seeded(1):
        unet = diffusers.UNet2DConditionModel(
            sample_size=8, in_channels=4, out_channels=4, block_out_channels=(32,64), layers_per_block=1,
            cross_attention_dim=16, attention_head_dim=4,
            down_block_types=('DownBlock2D','CrossAttnDownBlock2D'), up_block_types=('CrossAttnUpBlock2D','UpBlock2D'))
        vae = diffusers.AutoencoderKL(
            block_out_channels=(32,64), latent_channels=4, sample_size=16, norm_num_groups=32,
            down_block_types=('DownEncoderBlock2D',)*2, up_block_types=('UpDecoderBlock2D',)*2)
    scheduler = diffusers.EulerAncestralDiscreteScheduler(timestep_spacing='trailing', beta_schedule='scaled_linear',
                                                          beta_start=.00085, beta_end=.012)
    return unet.eval(), vae.eval(), scheduler

def test_prompts_are_classes_and_mix():
    told = Draw(0).normal(3, 7, 16)
    G = TextToImage(*parts(), told, chunk=2)
    assert (G.n_classes, G.image_shape, G.z_dim) == (3, (3,16,16), 4*8*8)
    z, before = Draw(0).normal(3, G.z_dim), torch.random.get_rng_state()
    x = G(z, torch.arange(3))
    assert (torch.random.get_rng_state()==before).all() and (x[0]-x[1]).abs().mean() > 0
    torch.testing.assert_close(G(z, torch.eye(3)), x, atol=1e-5, rtol=0)
    w = torch.full((3,3), 1/3, requires_grad=True)
    G(z, w).std().backward()
    assert w.grad.abs().max() > 0

def test_text_to_image_is_what_its_pipeline_is(tmp_path):
    transformers = pytest.importorskip('transformers', reason="pip install 'gssl[diffusers]'")
    unet, vae, scheduler = parts()
    with seeded(2):
        text = transformers.CLIPTextModel(transformers.CLIPTextConfig(
            vocab_size=1000, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=77, bos_token_id=0, eos_token_id=1, pad_token_id=1))
    words = {'<|startoftext|>':0, '<|endoftext|>':1, 'a</w>':2, 'b</w>':3}
    (tmp_path/'vocab.json').write_text(json.dumps(words))
    (tmp_path/'merges.txt').write_text('#version: 0.2\n')
    tokens = transformers.CLIPTokenizer(str(tmp_path/'vocab.json'), str(tmp_path/'merges.txt'), model_max_length=77)
    pipe = diffusers.StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=tokens, unet=unet, scheduler=scheduler, safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)
    at = tmp_path/'sd'
    pipe.save_pretrained(at)
    (at/'prompts.txt').write_text('a\nb\n')
    G = open_foundation(at)
    z = Draw(0).normal(2, G.z_dim)
    pipe.set_progress_bar_config(disable=True)
    want = pipe(['a','b'], num_inference_steps=1, guidance_scale=0., latents=z.view(2,4,8,8), output_type='pt').images
    torch.testing.assert_close(G(z, torch.arange(2)), want, atol=1e-4, rtol=0)

def test_a_model_without_classes_is_refused(tmp_path):
    scheduler = diffusers.CMStochasticIterativeScheduler()
    diffusers.ConsistencyModelPipeline(unet2d(None), scheduler).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match='knows no classes'): open_foundation(tmp_path)
