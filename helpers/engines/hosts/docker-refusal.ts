import { messageOf } from './docker.ts'

const answers: [pattern: RegExp, meaning: string][] = [
  [
    /could not select device driver|unknown (or invalid )?runtime (name: |specified )nvidia|nvidia-container-cli|unresolvable CDI/i,
    "Docker cannot give this machine's GPU to a container. Install NVIDIA's container toolkit " +
      '(sudo nvidia-ctk runtime configure --runtime=docker, then restart Docker), start the binary ' +
      '(PERF_ENGINE_START=binary), or measure a running server (PERF_ENGINE_URL)',
  ],
  [/port is already allocated|address already in use/i, 'its port was taken by another program; start again'],
  [/setting rlimit/i, 'this Docker daemon may not raise the limits (ulimits) that the engine asks for'],
  [
    /executable file not found|no such file or directory: unknown/i,
    'the image has no such program: is it the right one?',
  ],
  [/no space left on device/i, 'the disk of Docker is full (docker system df shows what fills it)'],
  [/bind source path does not exist/i, "Docker does not see this machine's files: its daemon runs elsewhere"],
]

/** Why the daemon would not create or start a container, and what to do about it; always with its own words. */
export function daemonRefusal(error: unknown): string {
  const words = messageOf(error)
  const meaning = answers.find(([pattern]) => pattern.test(words))?.[1]
  return meaning === undefined ? `Docker refused: ${words}` : `${meaning}. Docker said: ${words}`
}
