/** ChatML, which Qwen2.5 and SmolLM2 speak and every engine knows; no system prompt is added on its own. */
export const chatTemplate = [
  '{% for message in messages %}',
  "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}",
  '{% endfor %}',
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
].join('')
