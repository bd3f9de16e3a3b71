import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfigurations } from '../../helpers/configurations/index.ts'
import { type Recommendation, recommendationsAsYaml } from '../../helpers/recommendations/index.ts'

/** Writes each recommended configuration as a file of its own, reads it back, and resolves with their paths. */
export async function writeRecommended(
  recommendations: readonly Recommendation[],
  runDirectory: string,
  about: string,
): Promise<string[]> {
  const folder = join(runDirectory, 'recommended')
  const paths: string[] = []
  for (const recommendation of recommendations) {
    const yaml = recommendationsAsYaml([recommendation], about)
    if (yaml.state === 'absent') continue
    const path = join(folder, `${recommendation.role.replaceAll(' ', '-')}.yaml`)
    await mkdir(folder, { recursive: true })
    await writeFile(path, yaml.value)
    readConfigurations(path)
    paths.push(path)
  }
  return paths
}
