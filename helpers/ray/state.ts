import { z } from 'zod'

/** Names as Ray has them: `CPU`, `GPU`, `memory` in bytes, `accelerator_type:H100`. */
export type Resources = Record<string, number>

const resourcesSchema = z.record(z.string(), z.number())

/** How lists of Ray's state come. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .object({ data: z.object({ result: z.object({ result: z.array(item) }) }) })
    .transform(({ data }) => data.result.result)

const nodeSchema = z.object({
  node_id: z.string(),
  node_ip: z.string(),
  state: z.string(),
  is_head_node: z.boolean().default(false),
  resources_total: resourcesSchema.nullish(),
})

export const nodesSchema = listOf(nodeSchema)
export type RayNode = z.output<typeof nodeSchema>

const actorSchema = z.object({
  class_name: z.string(),
  state: z.string(),
  node_id: z.string().nullish(),
  pid: z.number().nullish(),
  num_restarts: z.coerce.number().nullish(),
  /** One entry, by the kind of death; its words are in `error_message`. */
  death_cause: z.record(z.string(), z.unknown()).nullish(),
})

export const actorsSchema = listOf(actorSchema)
export type RayActor = z.output<typeof actorSchema>

const workerSchema = z.object({
  pid: z.number(),
  exit_type: z.string().nullish(),
  /** Lines; the first says what happened. */
  exit_detail: z.string().nullish(),
})

export const workersSchema = listOf(workerSchema)
export type RayWorker = z.output<typeof workerSchema>

/** `[[resources, how many], …]`, and for placement groups `[[{strategy, bundles}, how many], …]`. */
const demandSchema = z.tuple([resourcesSchema, z.number()])
const groupDemandSchema = z.tuple([z.object({ bundles: z.array(demandSchema) }), z.number()])

/** What is waited for; empty in the first seconds of a cluster, when the report is not there yet. */
export const clusterStatusSchema = z
  .object({
    data: z.object({
      clusterStatus: z
        .object({
          loadMetricsReport: z
            .object({
              resourceDemand: z.array(demandSchema).nullish(),
              pgDemand: z.array(groupDemandSchema).nullish(),
            })
            .nullish(),
        })
        .nullish(),
    }),
  })
  .transform(({ data }): Resources[] => {
    const report = data.clusterStatus?.loadMetricsReport
    const groups = (report?.pgDemand ?? []).flatMap(([{ bundles }, n]) => Array<typeof bundles>(n).fill(bundles).flat())
    return [...(report?.resourceDemand ?? []), ...groups].flatMap(([set, n]) => Array<Resources>(n).fill(set))
  })

/** What the nodes that live have together. */
export function totalOf(nodes: readonly RayNode[]): Resources {
  const total: Resources = {}
  for (const { state, resources_total } of nodes) {
    if (state !== 'ALIVE') continue
    for (const [name, amount] of Object.entries(resources_total ?? {})) total[name] = (total[name] ?? 0) + amount
  }
  return total
}

/** `8 CPU, 21.9 GiB memory`; markers of nodes and Ray's own store are left out. */
export function resourcesInWords(resources: Resources): string {
  const parts = Object.entries(resources)
    .filter(([name]) => !/^node:|^object_store_memory$/.test(name))
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, amount]) =>
      name === 'memory' ? `${(amount / 2 ** 30).toFixed(1)} GiB memory` : `${Number(amount.toFixed(3))} ${name}`,
    )
  return parts.join(', ') || 'nothing'
}

/** The sets that no node of the cluster could ever give; the others come when somebody else is done. */
export const neverGiven = (demands: readonly Resources[], nodes: readonly RayNode[]): Resources[] =>
  demands.filter(
    set =>
      !nodes.some(
        ({ state, resources_total }) =>
          state === 'ALIVE' && Object.entries(set).every(([name, amount]) => (resources_total?.[name] ?? 0) >= amount),
      ),
  )

/** Each different set once: `2 × (1 CPU, 1 GPU)`. */
export function demandsInWords(demands: readonly Resources[]): string {
  const counts = new Map<string, number>()
  for (const words of demands.map(resourcesInWords)) counts.set(words, (counts.get(words) ?? 0) + 1)
  return [...counts].map(([words, n]) => `${n} × (${words})`).join(' and ')
}

/** What Ray says of a death: the first words that it gives. */
export function deathInWords({ death_cause: cause }: Pick<RayActor, 'death_cause'>): string | null {
  const said = z.object({ error_message: z.string() })
  const texts = Object.values(cause ?? {}).flatMap(context => {
    const found = said.safeParse(context)
    return found.success ? [found.data.error_message] : []
  })
  return texts[0] ?? null
}

/** What Ray says of a process that has ended; null while it has not. */
export const endInWords = ({ exit_detail: detail }: Pick<RayWorker, 'exit_detail'>): string | null =>
  detail?.split('\n')[0]?.trim() || null
