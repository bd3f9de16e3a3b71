import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The model repositories in this machine's Hugging Face cache: `Qwen/Qwen2.5-0.5B-Instruct`. Only those with files to
 * load; empty where there is no cache. Its place: HF_HUB_CACHE, else `hub` in HF_HOME, else in ~/.cache/huggingface.
 */
export async function cachedRepositories(
  environment: Record<string, string | undefined> = process.env,
): Promise<string[]> {
  const home = environment.HF_HOME || join(homedir(), '.cache', 'huggingface')
  const hub = environment.HF_HUB_CACHE || join(home, 'hub')
  const folders = (await namesIn(hub)).filter(name => name.startsWith('models--'))
  const complete = await Promise.all(folders.map(folder => hasSnapshot(join(hub, folder, 'snapshots'))))
  return folders.filter((_, i) => complete[i]).map(folder => folder.slice('models--'.length).replaceAll('--', '/'))
}

async function hasSnapshot(snapshots: string): Promise<boolean> {
  const files = await Promise.all((await namesIn(snapshots)).map(revision => namesIn(join(snapshots, revision))))
  return files.some(names => names.includes('config.json') && names.some(name => name.endsWith('.safetensors')))
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw error
  }
}
