fn main() {
    let process = unsafe { libc::getpid() };
    println!("Hello from process {process}.");
}
