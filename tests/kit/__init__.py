"""What the tests stand on: real servers, fakes that implement whole ports, and the clock that is given."""
