/** Lines by which an engine that started says that it did not do what it was told to; the group holds its words. */
const remarks = [
  // vLLM: a variable that this version has no more.
  /\b(Unknown vLLM environment variable detected: \S+)/,
  // vLLM's CPU build takes its own backend instead.
  /\b(Cannot use \S+ backend on CPU)\b/,
  // vLLM, where it cannot do without: `Async scheduling will be disabled because …`, `… is disabled for …`.
  /\b(Async(?:hronous)? scheduling (?:is |not |will be ).*\bdisabled\b.*)/,
  // Ollama: `OLLAMA_FLASH_ATTENTION must be enabled to use a quantized OLLAMA_KV_CACHE_TYPE`, `unsupported …`.
  /level=WARN .*msg="([^"]*(?:OLLAMA_(?:FLASH|KV)|flash attention|kv cache)[^"]*)"/,
  // llama.cpp, where flash attention was left to it.
  /llama_init_from_model: (enabling flash_attn since .*)/,
]

/**
 * What of its settings an engine did not heed though it started, in its own words: a setting that does nothing must not
 * pass for one that changes nothing. Nothing is said of async scheduling on a CPU: vLLM's CPU build drops it in silence.
 *
 * @param lines Of its log until it was ready.
 */
export const startRemarks = (lines: readonly string[]): string[] => [
  ...new Set(lines.flatMap(line => remarks.flatMap(remark => remark.exec(line)?.[1]?.trim() ?? []))),
]
