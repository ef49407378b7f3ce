/**
 * Checksums of texts that migrations had before, by version. They made the same tables in another order, tenants before
 * hours: such a database answers the same, and reads more for it.
 */
export const EARLIER_TEXTS: ReadonlyMap<number, string> = new Map([
  [1, 'a4e9ad591114798d8e4246c9fe5a9b7d1de2a0b307c96af921cad8414b8652dc'],
  [2, 'e5777485cf0b229d422388a07f8ec562ab0fe42b940c43f0759cadd4225a51be'],
  [3, '9a6433661a93b6360cfbbe5f79df051b9f5628c25d05a8559d410fbf10a53be7'],
  [4, 'eaf04dfdad6d06f5692947ad6d8a214f7f99e7fa39ec161bfb65a564f37c272d'],
  [5, '6674f587fba30935cc2ae1e5c7ae5f712a8b02f859f57f3b354ad4785622cec5'],
  [10, '9f16a35db21537766afe5d845994fa927dca3f275398ddc9b1c35a5a7f4cb130'],
  [74, '4e7a75ff4c669704b0ee747f0f2c066f4f244f5ac02be3cbed1bafb25d066e28'],
  [75, '2bec7d21dc974a5fdf5f5b6d6c3952058fbc42fa6e266d79e1cee6c9051983dc'],
  [77, '79d8344deb5e5ac90515bd03ff5eadf8b32977b78e97c3fb1b068f1c4bb5c21b'],
  [78, '6de5a4284051f4783c1ee1d5ed9d6b19a22de43276714cb8295bc10f039280ad'],
  [80, '9fd5168dae6cef05951f8b71d720e44c0b3fc136c154e84fde60784c36d6cb82'],
  [81, '073773ada2fa2ea2449a686fcc1c37dd317942918f0b85362d857db6f4746788'],
])
