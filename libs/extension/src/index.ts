export { ExtensionModule } from './extension.module.js';
