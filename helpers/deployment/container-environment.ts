import type { ServerRecipe } from '../engines/hosts/index.ts'
import type { NamedSettings } from './command-words.ts'
import type { DeploymentChoice } from './deployment-choice.ts'
import { isSecret, literal, type Variables } from './variables.ts'

/**
 * The environment of the server, with references for what people change. What the engine inherits in a measurement and
 * what was chosen is referred to by its own name, a secret is never written.
 */
export function containerEnvironment(
  choice: DeploymentChoice,
  { own, inherited, gpus }: { own: Record<string, string>; inherited: ServerRecipe['inherited']; gpus: boolean },
  named: NamedSettings,
  variables: Variables,
): Record<string, string> {
  const lent = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && inherited.test(name) ? [[name, value]] : [],
    ),
  )
  const asked = { ...lent, ...choice.environment }
  const all = Object.entries({ ...ofDeployment(choice), ...own, ...asked })
  return Object.fromEntries(
    all.filter(([name]) => !isForMeasuring(name, choice, gpus)).map(([name, value]) => [name, text(name, value)]),
  )

  function text(name: string, value: string): string {
    if (isSecret(name, value)) return variables.secret(name)
    const setting = named[name] ?? (name in asked ? { name } : undefined)
    return setting === undefined ? literal(value) : variables.reference(setting.name, value, setting.about)
  }
}

/** What requests say for themselves while they are measured; and the token for a model that is fetched. */
function ofDeployment({ engine, model, contextTokens }: DeploymentChoice): Record<string, string> {
  if (engine === 'ollama') return { OLLAMA_CONTEXT_LENGTH: String(contextTokens), OLLAMA_KEEP_ALIVE: '-1' }
  return engine === 'vllm' && model.path === '' ? { HF_TOKEN: '' } : {}
}

/**
 * vLLM's routes for developers are for nobody else; without the Hub a model could not be fetched; and a GPU has no use for
 * what is said of the CPU.
 */
function isForMeasuring(name: string, { model }: DeploymentChoice, gpus: boolean): boolean {
  if (name === 'VLLM_SERVER_DEV_MODE') return true
  if (name === 'HF_HUB_OFFLINE') return model.path === ''
  return gpus && name.startsWith('VLLM_CPU_')
}
