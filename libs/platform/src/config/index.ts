// What an operator may set, and nothing else.
export { CONFIG, ConfigurationRefused, describeConfig, readConfig, type Config, type SettingDescription } from './config.js';
export { serverRoles, type ServerRole, type SettingName } from './settings.js';
