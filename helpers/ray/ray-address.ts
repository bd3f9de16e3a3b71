import { absent, type Measured, measured } from '../measured.ts'

/** Where jobs go: a Ray that this run starts and ends, or the dashboard of one that is there. */
export type RayAddress = { kind: 'local' } | { kind: 'dashboard'; url: string }

const howTo =
  'PERF_RAY=local starts a Ray on this machine (it needs `ray` and `vllm` in one Python environment, its programs on the ' +
  'PATH); PERF_RAY=http://<head node>:8265, or the same in RAY_ADDRESS, takes a cluster that runs'

/** PERF_RAY, else Ray's own RAY_ADDRESS; absent where neither leads to the Jobs API, with how to get one. */
export function rayAddress(
  option: string | null,
  { RAY_ADDRESS: own = '' }: { RAY_ADDRESS?: string | undefined } = process.env,
): Measured<RayAddress> {
  if (option === 'local') return measured({ kind: 'local' })
  if (option !== null) return measured({ kind: 'dashboard', url: withoutSlash(option) })
  if (/^https?:\/\//.test(own)) return measured({ kind: 'dashboard', url: withoutSlash(own) })
  if (own === '') return absent(`no Ray was named: ${howTo}`)
  return absent(`RAY_ADDRESS is ${own}, where Ray's own client goes, and jobs go to the URL of its dashboard: ${howTo}`)
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '')
