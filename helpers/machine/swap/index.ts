export { type SwapArea, type SwapConfiguration, swapConfiguration, swapInWords } from './swap-configuration.ts'
export { type SwapRequest, type SwitchedOnSwap, switchOnSwap } from './switch-on-swap.ts'
