title="nothing is wrong, and all of it is slow"
alone=yes
issue="somebody complains that everything is slow and connections fail sometimes"
fault() { :; }
