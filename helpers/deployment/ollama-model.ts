import { ollamaOptions } from '../engines/ollama/index.ts'
import type { ComposeService } from './compose-file.ts'
import type { DeploymentChoice } from './deployment-choice.ts'
import { literal } from './variables.ts'

/**
 * The service that puts the model into Ollama's volume and ends. It has a server of its own meanwhile, so that the one
 * which people use starts with the model: `docker compose up --wait` needs nothing else. A model that is not a file is
 * fetched from Ollama's library.
 *
 * @param shared What it has in common with the server: image, volumes.
 * @param served The name to serve it by; a reference.
 */
export function ollamaModel(
  shared: ComposeService,
  served: string,
  { model: { path, projectorPath }, settings }: DeploymentChoice,
  nameInContainer: (local: string) => string,
): ComposeService {
  const sources = [path, projectorPath ?? '']
    .filter(local => local !== '')
    .map(local => literal(nameInContainer(local)))
  const modelfile = [
    ...(sources.length > 0 ? sources : [served]).map(source => `FROM ${source}`),
    ...Object.entries(ollamaOptions(settings)).map(([name, value]) => `PARAMETER ${name} ${value}`),
  ]
  return {
    ...shared,
    entrypoint: ['/bin/sh', '-euc'],
    command: [literal(script)],
    environment: { OLLAMA_HOST: '127.0.0.1:11434', MODEL: served, MODELFILE: modelfile.join('\n') },
    restart: 'no',
  }
}

/** It ends with an error where its server does. */
const script = `ollama serve &
until ollama list >/dev/null 2>&1; do kill -0 $!; sleep 1; done
printf '%s\\n' "$MODELFILE" >/tmp/Modelfile
ollama create "$MODEL" -f /tmp/Modelfile
`
