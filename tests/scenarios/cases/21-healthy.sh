title="nothing is wrong"
issue="a customer says that reports could not be opened yesterday"
fault() { :; }
