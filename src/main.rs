//! The program: hands over to `cli::main`.
fn main() -> std::process::ExitCode {
    jumpfleet::cli::main()
}
