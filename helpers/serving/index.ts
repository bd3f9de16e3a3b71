export { Balancer, unevenness } from './balancer.ts'
export { type AskedRecord, accountFailover, type FailoverAccount } from './failover-account.ts'
export { type FailoverSetup, measureFailover } from './measure-failover.ts'
export { type WorkMeter, workBetween, workMeter } from './work-meter.ts'
