title="nothing is wrong"
alone=yes
issue="a customer says that reports could not be opened yesterday"
fault() { :; }
