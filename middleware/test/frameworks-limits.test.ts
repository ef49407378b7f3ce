import { describeLimits } from './frameworks/describe-limits.ts'
import { NEST_SERVICES } from './frameworks/nest-services.ts'
import { SERVICES } from './frameworks/services.ts'

for (const service of [...SERVICES, ...NEST_SERVICES]) describeLimits(service)
