import { type BindMount, type GpuAccess, gpuAccess, type ServerRecipe } from '../engines/hosts/index.ts'
import { plainName } from '../engines/ollama/index.ts'
import { commandWords } from './command-words.ts'
import { type ComposeService, composeFile } from './compose-file.ts'
import { containerEnvironment } from './container-environment.ts'
import type { DeploymentChoice } from './deployment-choice.ts'
import { engineSettings } from './engine-settings.ts'
import { gpuKeys, hasGpus } from './gpu-keys.ts'
import { healthCheck } from './health-check.ts'
import { memoryKeys } from './memory-keys.ts'
import { modelMounts } from './model-mounts.ts'
import { ollamaModel } from './ollama-model.ts'
import { recipeOf } from './recipe-of.ts'
import { literal, Variables } from './variables.ts'

/** By their names; both belong into one folder. */
export interface DeploymentFiles {
  'docker-compose.yml': string
  '.env': string
}

/**
 * What `docker compose up` needs to serve a model as it was measured: arguments and environment are those of the engine's
 * recipe, what this process lends to the containers that it starts, and the choice's own. What only measuring needs is
 * left out.
 *
 * @param gpu How a container sees the GPUs; as on this machine unless said.
 * @throws BadInputError for a value that the files cannot carry; EngineStartError, ModelMissingError for a model that is
 * not there, or that the engine does not take.
 */
export function deploymentFiles(choice: DeploymentChoice, gpu: GpuAccess = gpuAccess()): DeploymentFiles {
  const { engine, model } = choice
  const recipe = recipeOf(choice)
  const { port } = recipe.container
  const named = engineSettings[engine]
  const variables = new Variables()
  const { mounts, path } = modelMounts(model)

  const served = variables.reference('MODEL', servedName(choice), 'The name that requests carry.')
  const sources = { [path(model.path)]: 'MODEL_PATH', [path(model.projectorPath ?? '')]: 'PROJECTOR_PATH' }
  const caches = cachesOf(recipe)
  const shared: ComposeService = {
    image: variables.reference('IMAGE', choice.image ?? recipe.container.image),
    volumes: [
      ...mounts.map(mount => readOnly(mount, sources[mount.Target], variables)),
      ...caches.map(({ name, target }) => ({ type: 'volume', source: name, target })),
    ],
  }
  const address = variables.reference('ADDRESS', '127.0.0.1', '0.0.0.0 lets everybody ask who reaches this machine.')
  const published = variables.reference('PORT', String(port))
  const place = { host: '0.0.0.0', port, path }
  const words = commandWords(recipe.arguments(place), choice.arguments, named, variables)
  const own = { ...gpu.environment, ...recipe.environment(place) }
  const said = { own, inherited: recipe.inherited, gpus: hasGpus(gpu) }
  const environment = containerEnvironment(choice, said, named, variables)
  const server: ComposeService = {
    ...shared,
    ...(inPath(choice) && { entrypoint: [recipe.program] }),
    command: words.map(word => (word === literal(model.name) ? served : word)),
    ...(Object.keys(environment).length > 0 && { environment }),
    ports: [`${address}:${published}:${port}`],
    ...gpuKeys(gpu),
    ...memoryKeys(choice, recipe, hasGpus(gpu), variables),
    healthcheck: healthCheck(port, recipe.readyPath, recipe.startLimitMs),
    restart: 'unless-stopped',
    ...(engine === 'ollama' && { depends_on: { model: { condition: 'service_completed_successfully' } } }),
  }
  const services = {
    ...(engine === 'ollama' && { model: ollamaModel(shared, served, choice, path) }),
    [engine]: server,
  }
  return {
    'docker-compose.yml': composeFile(heading(choice, port), {
      name: engine,
      services,
      volumes: caches.map(({ name }) => name),
    }),
    '.env': variables.file(['What there is to change about docker-compose.yml beside this file.']),
  }
}

/** Ollama's own names have no spaces. */
const servedName = ({ engine, model }: DeploymentChoice): string =>
  engine === 'ollama' && model.path !== '' ? plainName(model.name) : model.name

/** The image of llama-server has its program outside of its PATH, as its entrypoint. */
const inPath = ({ engine }: DeploymentChoice): boolean => engine !== 'llama-server'

/** Apart from the volumes that measurements use. */
const cachesOf = ({ container: { volumes = [] } }: ServerRecipe): { name: string; target: string }[] =>
  volumes.map(({ name, target }) => ({ name: name.replace('vitest-llm-perf-', ''), target }))

const readOnly = (
  { Source, Target }: BindMount,
  variable: string | undefined,
  variables: Variables,
): ComposeService => ({
  type: 'bind',
  source:
    variable === undefined ? literal(Source) : variables.reference(variable, Source, 'Of the model, on this machine.'),
  target: literal(Target),
  read_only: true,
  bind: { create_host_path: false },
})

function heading(choice: DeploymentChoice, port: number): string[] {
  const question = { model: servedName(choice), messages: [{ role: 'user', content: 'Hello' }] }
  const text = [
    ...choice.measured,
    '',
    'Start it with `docker compose up --detach --wait`, end it with `docker compose down`. Then ask:',
    `curl http://127.0.0.1:${port}/v1/chat/completions -H 'content-type: application/json' -d '${JSON.stringify(question)}'`,
    'What there is to change stands in .env.',
  ]
  return text.flatMap(line => line.split('\n'))
}
