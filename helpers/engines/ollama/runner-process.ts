import { absent, type Measured, measured } from '../../measured.ts'
import { commandLineWords, processIdentity, processTree } from '../../processes/index.ts'

/** A process that serves one model: `ollama runner --model …` up to 0.2x, `llama-server --model …` since 0.30. */
export interface Runner {
  pid: number
  startTicks: number
}

/** The blob that a model's weights are: `sha256-eca2…`, as the name of the file that its runner is given. */
export function blobOf(modelfile: string): Measured<string> {
  const [, path] = /^FROM (.+)$/m.exec(modelfile) ?? []
  const blob = path && lastPart(path)
  return blob?.startsWith('sha256-') ? measured(blob) : absent(`its Modelfile says FROM ${path ?? 'nothing'}`)
}

/** Those of a model among a server's children: one, or two while one is ending; none when it is not loaded. */
export function runnersOf(serverPid: number, blob: string): Runner[] {
  return processTree(serverPid).flatMap(pid => {
    const words = commandLineWords(pid)
    const at = words.indexOf('--model')
    // The path is that of the server's own file system, which may be a container's.
    if (at < 0 || lastPart(words[at + 1] ?? '') !== blob) return []
    const identity = processIdentity(pid)
    return identity.state === 'measured' ? [{ pid, startTicks: identity.value.startTicks }] : []
  })
}

export function isRunning({ pid, startTicks }: Runner): boolean {
  const identity = processIdentity(pid)
  return identity.state === 'measured' && identity.value.startTicks === startTicks
}

const lastPart = (path: string): string => path.trim().split(/[/\\]/).at(-1) ?? ''
