package orggen

import (
	"strconv"
	"strings"
)

const firstNames = `Aaliyah Aaron Abigail Adaeze Adrian Agnes Ahmed Aiko Alan Alejandra Alice Amara Amina Amir Ana Andre Angela Anika
Anton Arjun Astrid Ava Beatriz Benjamin Bianca Boris Brandon Camila Carlos Carmen Cecilia Chen Chidi Clara Colin Daniela David Dana Deepa
Diego Dmitri Dorothy Edgar Elena Elias Emeka Emma Erik Esther Eva Fatima Felix Fiona Francesca Gabriel Georgia Grace Hana Hannah Hassan
Hector Helen Henrik Hugo Ian Imani Ines Irina Isaac Ivan Jada Jakob James Jasmine Jelena Joao Jonas Jorge Julia Kamal Karen Kavya Keiko
Kofi Lars Laura Leila Leo Liam Lin Lucia Luis Mabel Malik Marco Maria Mateo Maya Mei Miguel Mina Mohamed Nadia Naomi Nathan Nia Nikhil
Noah Nora Olga Oliver Omar Oscar Pablo Paloma Patrick Pedro Petra Priya Rachel Rafael Rania Ravi Rebecca Ricardo Rosa Ruth Sam Samira Sara
Sean Sofia Stefan Sven Tamara Tariq Teresa Thomas Tomas Uma Valeria Vera Victor Wei Yara Yusuf Zara Zoe`

const lastNames = `Abbott Acosta Adeyemi Aguilar Ahmed Albrecht Alvarez Andersen Araujo Arnold Banerjee Barros Becker Bell Bennett Berg
Bianchi Blake Bose Boyd Brandt Brooks Burke Cabrera Calloway Campos Carter Castillo Chandra Chang Chavez Choi Clarke Cohen Conti Cruz Dahl
Das Dawson Delgado Desai Diaz Dixon Doyle Drummond Dubois Duarte Eriksen Espinosa Farrell Ferrari Fischer Flores Foster Fraser Fujita
Gallagher Garcia Gomez Grant Greene Gupta Haddad Hall Hansen Harper Hayes Herrera Hoffman Holt Horvat Hughes Ibarra Ito Ivanov Jansen Jensen
Joshi Kaplan Kaur Keller Khan Kim Kovac Kowalski Kumar Lambert Larsen Lee Lim Lindgren Lopez Lund Mahmoud Malone Marino Marsh Martin Mehta
Mendoza Meyer Mishra Molina Moore Morales Moreau Nair Nakamura Navarro Nguyen Nielsen Novak Nwosu Obi Okafor Olsen Ortega Osei Palmer Park
Patel Pereira Petrov Pham Popescu Quinn Ramos Rao Reyes Ricci Rivera Romano Rossi Ruiz Russo Salazar Sandoval Santos Sato Schmidt Sharma
Silva Singh Sorensen Soto Stein Suzuki Tanaka Torres Tran Vargas Vasquez Vogel Wagner Walsh Wang Watanabe Weber Wong Wright Yamada Yilmaz
Zhang Zhou Zimmer`

// userNames hands out user names, each once: "maya.rossi", then "maya.rossi2".
type userNames map[string]int

func (u userNames) take(first, last string) string {
	name := plainName(first, last)
	u[name]++
	if n := u[name]; n > 1 {
		return name + strconv.Itoa(n)
	}
	return name
}

func plainName(first, last string) string { return strings.ToLower(first + "." + last) }
