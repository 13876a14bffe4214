"""What the system tests share: processes, HTTP, event streams, and waiting for conditions."""
