export { cachedRepositories } from './cached-repositories.ts'
export {
  type FolderOptions,
  type SyntheticFolderRequest,
  type SyntheticModelFolder,
  syntheticModelFolder,
  tinyModelFolder,
} from './synthetic-model-folder.ts'
