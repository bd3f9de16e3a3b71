import type { Diagnosis } from './diagnosis.ts'

/** The diagnosis for programs: what was seen, the engine, every item of the plans with its outlook, the command. */
export const diagnosisJson = ({ seen, facts: { engine, options }, items, command }: Diagnosis): string =>
  JSON.stringify(
    {
      seen,
      profile: options.profile,
      engine,
      items: items.map(({ spec: { plan, name, quickSeconds }, item: { id, row, title }, outlook }) => ({
        id,
        plan,
        row,
        title,
        spec: `perf/${name}.perf.ts`,
        specQuickSeconds: quickSeconds,
        outlook,
      })),
      command,
    },
    null,
    2,
  )
