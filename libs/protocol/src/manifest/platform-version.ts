/** Version of Kari that the `platform` range of a manifest is compared with. */
export const platformVersion = '0.1.0';
