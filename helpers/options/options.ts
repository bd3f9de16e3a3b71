import { z } from 'zod'

/** Every knob of the suite: one place for its environment name, default, meaning and what is allowed. */
export const optionDefinitions = {
  engine: define('PERF_ENGINE', z.enum(['embedded', 'llama-server', 'ollama', 'vllm', 'openai']).nullable(), null, {
    help: 'Which engine is measured. Default: embedded, or whatever answers at PERF_ENGINE_URL.',
    allowed: 'embedded, llama-server, ollama, vllm, openai',
  }),
  engineStart: define('PERF_ENGINE_START', z.enum(['binary', 'container']).nullable(), null, {
    help: 'How the engine is started without a URL. Default: its binary if there is one on the PATH, else a container.',
    allowed: 'binary, container',
  }),
  engineImage: define('PERF_ENGINE_IMAGE', z.string().min(1).nullable(), null, {
    help: 'Image for PERF_ENGINE_START=container, in place of the pinned one.',
    allowed: 'an image name with its tag',
  }),
  engineArguments: define('PERF_ENGINE_ARGS', words(), [], {
    help: 'Further arguments for the engine that is started.',
    allowed: 'arguments separated by spaces',
  }),
  engineUrl: define('PERF_ENGINE_URL', z.url({ protocol: /^https?$/ }).nullable(), null, {
    help: 'URL of a running server to attach to.',
    allowed: 'an http or https URL such as http://127.0.0.1:8080',
  }),
  enginePid: define('PERF_ENGINE_PID', z.coerce.number().int().positive().nullable(), null, {
    help: 'Process id of the server behind PERF_ENGINE_URL, when its listening socket does not show it.',
    allowed: 'a process id',
  }),
  engineContainer: define('PERF_ENGINE_CONTAINER', z.string().min(1).nullable(), null, {
    help: 'Name or id of the Docker container behind PERF_ENGINE_URL: its processes are sampled, its log is read.',
    allowed: 'the name or id of a container',
  }),
  batchUrl: define('PERF_BATCH_URL', z.url({ protocol: /^https?$/ }).nullable(), null, {
    help: 'URL of a server of the OpenAI Batch API in front of the engine. Default: the engine, if it has these routes.',
    allowed: 'an http or https URL such as http://127.0.0.1:4000',
  }),
  apiKey: define('PERF_API_KEY', z.string().min(1).nullable(), null, {
    help: 'Bearer token for the servers behind PERF_ENGINE_URL and PERF_BATCH_URL. Only from the environment; never printed.',
    allowed: 'any text',
    secret: true,
  }),
  model: define('PERF_MODEL', z.string().transform(parseModel).nullable(), null, {
    help: 'The model: one name for every role, or roles to names (small=…,large=…).',
    allowed: 'a model name, or role=name pairs separated by commas',
  }),
  pull: define('PERF_PULL', flag(), false, {
    help: 'The engine may fetch a model that it lacks over the network.',
    allowed: '1, true, 0, false',
  }),
  synthetic: define('PERF_SYNTHETIC', flag(), false, {
    help: 'Models with random weights may be given to an engine that was not started by this run.',
    allowed: '1, true, 0, false',
  }),
  profile: define('PERF_PROFILE', z.enum(['quick', 'standard', 'full']), 'quick', {
    help: "How much is run: full has the plans' sizes and models, quick scales requests, prompts and models.",
    allowed: 'quick, standard, full',
  }),
  strict: define('PERF_STRICT', flag(), false, {
    help: 'An inconclusive verdict ends the run with exit code 3.',
    allowed: '1, true, 0, false',
  }),
  require: define('PERF_REQUIRE', list(), [], {
    help: 'Ids of criteria that must have been judged, else exit code 3.',
    allowed: 'criterion ids separated by commas, such as 001.sequential-batches.vram-delta',
  }),
  output: define('PERF_OUTPUT', z.string().min(1), '.vitest/perf', {
    help: 'Folder for results, records and series.',
    allowed: 'a folder path',
  }),
  hardware: define(
    'PERF_HARDWARE',
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/)
      .nullable(),
    null,
    {
      help: 'Hardware id for baselines, where the name of the machine says too little.',
      allowed: 'lower-case letters, digits, dots, dashes and underscores',
    },
  ),
  metricsPort: define('PERF_METRICS_PORT', z.coerce.number().int().min(1).max(65_535).nullable(), null, {
    help: 'Port of 127.0.0.1 with Prometheus metrics of the run itself, while it goes on. Default: none.',
    allowed: 'a port number from 1 to 65535',
  }),
  resume: define('PERF_RESUME', z.string().min(1).nullable(), null, {
    help: 'Folder of a run that was stopped, to go on with: finished chunks are not sent again.',
    allowed: 'a folder under .vitest/perf/runs',
  }),
  input: define('PERF_INPUT', z.string().min(1).nullable(), null, {
    help: "Your own batch file (JSONL in OpenAI's batch format); each batch takes its next lines.",
    allowed: 'a path to a .jsonl file',
  }),
  configurations: define('PERF_CONFIGURATIONS', z.string().min(1).nullable(), null, {
    help: "Your own configurations of batch inference, in the form of perf/batch-inference/configurations.yaml. Default: the plan's.",
    allowed: 'a path to a .yaml file',
  }),
  stream: define('PERF_STREAM', flag(), true, {
    help: 'Batch inference over HTTP asks for streams. 0: for whole answers, which tell no time to the first token.',
    allowed: '1, true, 0, false',
  }),
  ray: define('PERF_RAY', z.union([z.literal('local'), z.url({ protocol: /^https?$/ })]).nullable(), null, {
    help: 'The Ray that batch inference runs on: one that is started here, or the URL of a dashboard, with RAY_AUTH_TOKEN as its token. Default: RAY_ADDRESS, if it is such a URL.',
    allowed: 'local, or an http or https URL such as http://127.0.0.1:8265',
  }),
  rayConcurrency: define('PERF_RAY_CONCURRENCY', z.enum(['replicas', 'batches-in-flight']), 'replicas', {
    help: "What the plan's concurrency means on Ray: replicas of the engine, as many as there is room for, or batches in flight at one.",
    allowed: 'replicas, batches-in-flight',
  }),
  requests: define('PERF_REQUESTS', positiveInteger().nullable(), null, {
    help: "Requests a batch (lines of PERF_INPUT). Default: the profile's number.",
    allowed: 'a positive whole number',
  }),
  batches: define('PERF_BATCHES', positiveInteger().nullable(), null, {
    help: "Number of batches. Default: the plan's.",
    allowed: 'a positive whole number',
  }),
  expectedThroughput: define('PERF_EXPECTED_THROUGHPUT', z.coerce.number().positive().nullable(), null, {
    help: 'Requests per second that a batch must reach. Without it throughput is only reported.',
    allowed: 'a positive number of requests per second',
  }),
} as const

export type OptionName = keyof typeof optionDefinitions

/** The options of a run after defaults, configuration and environment, all valid. */
export type PerfOptions = { readonly [K in OptionName]: z.output<(typeof optionDefinitions)[K]['schema']> }

/** `PERF_MODEL`: one name for everything, or a name a role. */
export type ModelChoice = { kind: 'one'; name: string } | { kind: 'roles'; names: Record<string, string> }

interface OptionDefinition<S extends z.ZodType> {
  environmentName: string
  schema: S
  default: z.output<S>
  help: string
  allowed: string
  secret: boolean
}

function define<S extends z.ZodType>(
  environmentName: string,
  schema: S,
  defaultValue: z.output<S>,
  text: { help: string; allowed: string; secret?: boolean },
): OptionDefinition<S> {
  return { environmentName, schema, default: defaultValue, secret: false, ...text }
}

function flag() {
  return z.union([z.boolean(), z.enum(['1', 'true', '0', 'false']).transform(text => text === '1' || text === 'true')])
}

function list() {
  return z.union([
    z.array(z.string()),
    z.string().transform(text =>
      text
        .split(',')
        .map(item => item.trim())
        .filter(Boolean),
    ),
  ])
}

function words() {
  return z.union([z.array(z.string()), z.string().transform(text => text.split(/\s+/).filter(Boolean))])
}

function positiveInteger() {
  return z.coerce.number().int().positive()
}

function parseModel(text: string, context: z.RefinementCtx): ModelChoice {
  if (!text.includes('=')) return { kind: 'one', name: text }
  const names: Record<string, string> = {}
  for (const pair of text.split(',')) {
    const [role, name, ...rest] = pair.split('=').map(part => part.trim())
    if (!role || !name || rest.length > 0) {
      context.addIssue({ code: 'custom', message: `"${pair.trim()}" is not role=name` })
      return z.NEVER
    }
    names[role] = name
  }
  return { kind: 'roles', names }
}
