export { Bootstrap, type BootstrapResult, type BootstrapWish } from './bootstrap/bootstrap.js';
export { TenancyModule } from './tenancy.module.js';
