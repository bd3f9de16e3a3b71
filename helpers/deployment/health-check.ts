import type { ComposeService } from './compose-file.ts'
import { literal } from './variables.ts'

/**
 * Healthy once the path answers with 200. It is asked by bash, which all the engines' images have: curl and Python are
 * in some of them only.
 */
export function healthCheck(port: number, path: string, startLimitMs: number): ComposeService {
  const asked = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3`,
    'read -r status <&3',
    '[[ $status == *" 200 "* ]]',
  ].join(' && ')
  return {
    test: ['CMD', 'bash', '-c', literal(asked)],
    interval: '5s',
    timeout: '5s',
    retries: 6,
    // A failure before that says that it is still starting.
    start_period: `${Math.round(startLimitMs / 1000)}s`,
  }
}
