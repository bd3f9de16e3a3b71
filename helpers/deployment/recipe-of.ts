import type { ServerRecipe } from '../engines/hosts/index.ts'
import { llamaServerRecipe } from '../engines/llama-server/index.ts'
import { LoadCount, ollamaRecipe } from '../engines/ollama/index.ts'
import { vllmRecipe } from '../engines/vllm/index.ts'
import type { DeploymentChoice } from './deployment-choice.ts'

/** How this suite starts the engine that is chosen, for the model that is. */
export function recipeOf(choice: DeploymentChoice): ServerRecipe {
  const { engine, model, contextTokens, slots, settings, arguments: further } = choice
  switch (engine) {
    case 'llama-server':
      return llamaServerRecipe(model, { contextTokens, slots, settings })
    case 'vllm':
      return vllmRecipe(model, { contextTokens, slots }, further)
    case 'ollama':
      return ollamaRecipe(slots, new LoadCount())
  }
}
