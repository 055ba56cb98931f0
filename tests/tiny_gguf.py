"""`write_gguf`: a tiny Llama for llama.cpp, as its own converter would write it."""

import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file
from transformers import AutoTokenizer

from ladder.exporting.lora_gguf import _in_llama_order


def write_gguf(folder: Path, out: Path) -> Path:
    """Write a tiny Llama as llama.cpp's converter would."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    special = set(tokenizer.all_special_tokens)
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if each in special else 1 for each in tokens])
    writer.add_token_merges([f"{tokens[-1]} {tokens[-2]}"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(value=False)
    writer.add_chat_template(tokenizer.chat_template)
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    for name, weight in load_file(folder / "model.safetensors").items():
        part = name.removesuffix(".weight").rpartition(".")[2]
        rows = _in_llama_order(weight, heads[part]) if part in heads else weight
        told = names.get_name(name, try_suffixes=(".weight",))
        writer.add_tensor(str(told), np.ascontiguousarray(rows.astype(np.float32)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out
