/**
 * What an item needs to run. What has it and what has not is decided in what-is-missing.ts, by the facts that the specs
 * themselves skip by.
 */
export type Need =
  /** A model that is idle can be made to expire. */
  | 'idle expiry'
  | 'batch api'
  | 'kv cache gauge'
  | 'expected throughput'
  | 'own requests'
  | 'baseline'
  /** Models are loaded and unloaded while the engine runs. */
  | 'swapping'
  /** The engine is started by this suite, which may restart, fill and kill it. */
  | 'engine of ours'
  /** The engine takes model files from this suite: one file can be loaded under several names. */
  | 'model files'
  /** Several copies of a model, with a name and a process of their own. */
  | 'copies'
  /** The same model in other weights. */
  | 'weights'
  | 'kv cache type'
  /** One server holds several models, and is started by this suite. */
  | 'server of several models'
  | 'images'
  | 'several models'
  | 'whole model'
  /** The plan's own model, which only the full profile takes, or one that the user chose. */
  | 'full profile'
  | 'long load'
  | 'gpu'
  | 'two gpus'
  | 'gpu memory share'
  | 'temperature'
  | 'paging rights'
  | 'nvme'
  | 'ray'
  /** Binary and container of one engine. */
  | 'binary and container'
  /** vLLM, started by this suite: its flags are the rows. */
  | 'vllm of ours'
  /** The embedded engine, llama-server or Ollama, started by this suite. */
  | 'gguf engine of ours'
  /** An engine started by this suite whose matrix has a row with everything: not the embedded one. */
  | 'row of all'
  /** An engine that comes as an image, to write deployment files for. */
  | 'image'
  /** No engine has it. */
  | 'nothing has it'
