#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    dockopt_advice::fuzzing::secrets(bytes);
});
