import { Template } from '@huggingface/jinja'
import type { ChatMessage } from './protocol.ts'

/** What llama-server falls back to when the model's file has no template. */
export const chatMlTemplate = `{%- for message in messages -%}
  {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- '<|im_start|>assistant\\n' -}}
{%- endif -%}`

/** Messages to the prompt's text, by a model's own chat template. Parsed once, since parsing costs more than rendering. */
export function chatPrompt(
  template: string,
  special: { bosToken: string; eosToken: string },
): (messages: ChatMessage[], addGenerationPrompt: boolean) => string {
  const parsed = new Template(template)
  return (messages, addGenerationPrompt) =>
    parsed.render({
      messages,
      add_generation_prompt: addGenerationPrompt,
      bos_token: special.bosToken,
      eos_token: special.eosToken,
    })
}
